import CVulkan
import Llamarada
import LlamaradaDevice
import LlamaradaTensors
import LlamaradaText
import TestSupport
import Testing

extension VulkanFaultTests {
    /// Weights in the device's memory and in the host's, on a device with both.
    @Suite struct Offload {
        /// An engine on a device whose own memory is limited.
        private func load(
            _ name: String, gpuLayers: Int?, _ memory: PlayedMemory = .card(1 << 30),
            kind: VkPhysicalDeviceType = VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU, limits: [UInt64]? = nil
        ) throws -> VulkanEngine {
            PlayedHeaps.reset(memory, kind: kind, limits: limits)
            let file = try ModelFixture.load(name).open()
            return try ModelLoader(file, ModelConfiguration(gguf: file)).vulkanEngine(
                LoadOptions(
                    contextLength: 128, chunk: 32, keyCacheType: .f32, valueCacheType: .f32, gpuLayers: gpuLayers),
                on: Device(.automatic, patch: PlayedHeaps.patch))
        }

        /// The heap of each weight, by its name.
        private func heaps(_ engine: VulkanEngine) -> [WeightName: Set<Int?>] {
            let names = engine.configuration.weightNames.map { name in
                let isVector = name.shape(engine.configuration).count == 1
                let buffers =
                    isVector
                    ? [engine.weights.vector(name).view.buffer]
                    : engine.weights.matrix(name).shards.map(\.words.view.buffer)
                return (name, Set(buffers.map(\.heap)))
            }
            return Dictionary(uniqueKeysWithValues: names)
        }

        /// Logits of a prompt's rows, and the tokens that follow.
        private func results(_ engine: VulkanEngine, _ name: String) throws -> (Matrix, [TokenID]) {
            let tokens = try ModelFixture.load(name).tokens
            let model = VulkanTransformer(engine)
            let logits = try model.forward(tokens, at: 0, logits: .all)
            var next = [try model.greedy(after: tokens, at: 0)]
            for index in 0..<8 { next.append(try model.greedy(after: [next[index]], at: tokens.count + index)) }
            return (logits, next)
        }

        @Test(arguments: ["mixed", "gemma3-q8_0"])
        func whereEveryTensorLies(name: String) throws {
            var expected: (Matrix, [TokenID])?
            let layers = try ModelConfiguration(gguf: ModelFixture.load(name).open()).layerCount
            for count in [99, layers, 1, 0] {
                let engine = try load(name, gpuLayers: count)
                for (weight, heaps) in heaps(engine) {
                    let isOnDevice = weight.layer.map { $0 < count } ?? (count > layers)
                    #expect(heaps == [isOnDevice ? 0 : 1], "\(weight) of \(name) with \(count)")
                }
                for view in engine.cache.keys + engine.cache.values { #expect(view.view.buffer.heap == 0) }
                // The same kernels read them, so no bit changes.
                let found = try results(engine, name)
                if let expected { #expect(found == expected, "\(name) with \(count)") } else { expected = found }
            }
        }

        /// As many layers as leave room for the rest, where nobody says how many.
        @Test(arguments: [0, 1, 2, 3]) func allThatFit(parts: Int) throws {
            let whole = try load("f32", gpuLayers: nil)
            #expect(whole.placement.isWhole && whole.plan.hostWeightByteCount == 0)
            let layers = whole.configuration.layerCount
            let placed = try load("f32", gpuLayers: parts)
            let used = try #require(placed.plan.heaps.first).usedByteCount
            let engine = try load("f32", gpuLayers: nil, .card(UInt64(used) + 256 << 20))
            #expect(engine.placement == WeightPlacement(parts, ofLayers: layers))
            #expect(engine.plan.byteCounts == placed.plan.byteCounts)
            let weights = engine.plan.weightByteCount + engine.plan.hostWeightByteCount
            #expect(abs(weights - whole.plan.weightByteCount) < 4096)
            #expect(try results(engine, "f32") == results(whole, "f32"))
        }

        /// Nothing is allocated where the plan says no.
        @Test func moreLayersThanFit() throws {
            let error = try #require(throws: DeviceError.self) { try load("f32", gpuLayers: 3, .card(600 << 10)) }
            #expect(error.code == .outOfMemory && error.problem.contains("1 MiB free"), "\(error)")
            #expect(error.description.contains("fewer layers"), "\(error)")
            #expect(TappedVulkan.seen.calls["vkAllocateMemory"] == nil)
        }

        @Test func aHostWithTooLittleMemory() throws {
            let error = try #require(throws: DeviceError.self) {
                try load("f32", gpuLayers: 0, .card(1 << 30, host: 100 << 10))
            }
            #expect(error.code == .outOfMemory && error.problem.contains("of host memory"), "\(error)")
            #expect(TappedVulkan.seen.calls["vkAllocateMemory"] == nil)
        }

        /// A device that gives less than it says: an error, and nothing that was its own goes to the host.
        @Test func noSilentSpill() throws {
            let error = try #require(throws: DeviceError.self) {
                try load("f32", gpuLayers: 99, limits: [256 << 10, 64 << 20])
            }
            #expect(error.code == .outOfMemory, "\(error)")
            #expect(error.problem.contains("VK_ERROR_OUT_OF_DEVICE_MEMORY"), "\(error)")
            #expect(PlayedHeaps.taken == [0, 0])
            #expect(TappedVulkan.seen.leaks == [])
        }

        /// Where there is no bus, all weights are as near as can be.
        @Test func unifiedMemory() throws {
            let kind = VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU
            for memory in [
                PlayedMemory([.local(1 << 30)], [.shared(0)]),
                PlayedMemory([.local(512 << 20), .host(1 << 30)], [.shared(0), .uncached(1), .cached(1)]),
            ] {
                let engine = try load("f32", gpuLayers: 0, memory, kind: kind)
                #expect(engine.placement.isWhole && engine.plan.hostWeightByteCount == 0)
                #expect(Set(heaps(engine).values) == [[0]])
            }
        }

        @Test func theMostThatFit() throws {
            for layers in [0, 1, 2, 31, 32] {
                for fitting in 0...layers + 1 {
                    let found = try WeightPlacement.most(ofLayers: layers) { $0.devicePartCount <= fitting }
                    #expect(found.devicePartCount == fitting && found.isWhole == (fitting == layers + 1))
                }
                #expect(try WeightPlacement.most(ofLayers: layers) { _ in false }.devicePartCount == 0)
            }
            #expect(WeightPlacement(-1, ofLayers: 3)[WeightName(.query, layer: 0)] == .host)
            #expect(WeightPlacement(3, ofLayers: 3)[WeightName(.output)] == .host)
        }
    }
}
