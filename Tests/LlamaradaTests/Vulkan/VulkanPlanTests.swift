import CVulkan
import Llamarada
import LlamaradaDevice
import TestSupport
import Testing

extension VulkanFaultTests {
    /// Loads that cannot fit.
    @Suite struct Plans {
        /// A discrete GPU whose memory has so many bytes left.
        private static func card(_ byteCount: UInt64) -> TappedVulkan.Edits {
            TappedVulkan.Edits(
                properties: { $0.pointee.properties.deviceType = VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU },
                memory: { memory in
                    withUnsafeMutableBytes(of: &memory.pointee.memoryProperties.memoryHeaps) { bytes in
                        bytes.bindMemory(to: VkMemoryHeap.self)[0].size = byteCount
                    }
                    TappedVulkan.change(
                        UnsafeMutableRawPointer(memory),
                        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT,
                        as: VkPhysicalDeviceMemoryBudgetPropertiesEXT.self
                    ) { budget in
                        withUnsafeMutableBytes(of: &budget.heapBudget) { bytes in
                            bytes.bindMemory(to: UInt64.self)[0] = byteCount
                        }
                        withUnsafeMutableBytes(of: &budget.heapUsage) { $0.bindMemory(to: UInt64.self)[0] = 0 }
                    }
                })
        }

        /// A byte more or less decides, and nothing was allocated where it is missing.
        @Test func areRefusedBeforeAnythingIsAllocated() throws {
            var (least, tooLittle): (UInt64, UInt64) = (1 << 30, 0)
            while least - tooLittle > 1 {
                let middle = (least + tooLittle) / 2
                if try plan(middle).memory.fits { least = middle } else { tooLittle = middle }
            }
            TappedVulkan.reset(editing: Self.card(least))
            #expect(try load().plan.heaps.first?.availableByteCount == Int(least))
            #expect(TappedVulkan.seen.calls["vkAllocateMemory", default: 0] > 0)
            TappedVulkan.reset(editing: Self.card(least - 1))
            let error = try #require(throws: DeviceError.self) { try load() }
            #expect(error.code == .outOfMemory && error.problem.contains("MiB free"), "\(error)")
            #expect(TappedVulkan.seen.calls["vkAllocateMemory", default: 0] == 0)
            #expect(TappedVulkan.seen.leaks == [] && TappedVulkan.seen.strays == [])
        }

        /// Layers in the host's memory, every number of them: what each heap then gives, within 2 %.
        @Test(arguments: ["f32", "q4_k_m", "gemma3-q8_0"]) func areTrueOfEveryHeap(name: String) throws {
            let file = try ModelFixture.load(name).open()
            let configuration = try ModelConfiguration(gguf: file)
            for layers in 0...configuration.layerCount + 1 {
                PlayedHeaps.reset(.card(1 << 30))
                let engine = try ModelLoader(file, configuration).vulkanEngine(
                    LoadOptions(contextLength: 256, sequences: 2, gpuLayers: layers),
                    on: Device(.automatic, patch: PlayedHeaps.patch))
                #expect(engine.placement.devicePartCount == layers)
                #expect((engine.plan[.hostWeights] == 0) == (layers > configuration.layerCount))
                for heap in engine.plan.heaps {
                    let use = try #require(engine.device.memoryUses[heap.index])
                    for (found, planned) in [
                        (use.usedByteCount, heap.usedByteCount), (use.byteCount, heap.allocatedByteCount),
                        (use.peakByteCount, heap.peakByteCount),
                    ] {
                        #expect(abs(Double(found) / Double(planned) - 1) < 0.02, "\(layers): \(heap), \(use)")
                    }
                }
                #expect(engine.plan.heaps.map(\.isDevice) == [true, false])
            }
        }

        /// What lies on a device already is not there for another model.
        @Test func countWhatTheDeviceHolds() throws {
            TappedVulkan.reset(editing: Self.card(64 << 20))
            let device = try Device(.automatic, patch: TappedVulkan.patch)
            let kept = try Buffer(device, byteCount: 62 << 20, name: "kept")
            let file = try ModelFixture.load("q8_0").open()
            #expect(throws: DeviceError.self) {
                _ = try VulkanEngine(
                    file: file, configuration: ModelConfiguration(gguf: file), device: device, contextLength: 128)
            }
            #expect(device.allocatedByteCount == 62 << 20 && kept.byteCount == 62 << 20)
        }

        private func plan(_ byteCount: UInt64) throws -> EnginePlan {
            TappedVulkan.reset(editing: Self.card(byteCount))
            let file = try ModelFixture.load("q8_0").open()
            return try ModelLoader(file, ModelConfiguration(gguf: file)).plan(
                LoadOptions(contextLength: 128, keyCacheType: .f32, valueCacheType: .f32),
                on: Device(.automatic, purpose: .compiling, patch: TappedVulkan.patch))
        }

        private func load() throws -> VulkanEngine {
            try VulkanModel.open(ModelFixture.load("q8_0"), patch: TappedVulkan.patch).engine
        }
    }
}
