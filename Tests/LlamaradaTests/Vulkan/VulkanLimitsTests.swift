import CVulkan
import Llamarada
import LlamaradaDevice
import LlamaradaTensors
import LlamaradaText
import TestSupport
import Testing

extension VulkanFaultTests {
    /// Drivers that promise less than the one at hand.
    @Suite struct Limits {
        private func logits(_ name: String, cache: KVCacheType = .f32, edits: TappedVulkan.Edits) throws -> Matrix {
            TappedVulkan.reset(editing: edits)
            let fixture = try ModelFixture.load(name)
            let model = try VulkanModel.open(fixture, cache: cache, patch: TappedVulkan.patch)
            let all = try model.forward(fixture.tokens, at: 0, logits: .all)
            _ = try model.greedy(after: fixture.tokens, at: 0)
            return all
        }

        /// From the device as it is.
        private func expectedLogits(_ name: String) throws -> Matrix {
            let device = try IdleDevices.take()
            let fixture = try ModelFixture.load(name)
            let all = try VulkanModel.open(fixture, on: device)
                .forward(fixture.tokens, at: 0, logits: .all)
            IdleDevices.giveBack(device)
            return all
        }

        private func openError(_ edits: TappedVulkan.Edits) throws -> DeviceError {
            TappedVulkan.reset(editing: edits)
            return try #require(throws: DeviceError.self) { _ = try Device(.automatic, patch: TappedVulkan.patch) }
        }

        /// Matrices in many shards, logits in several chunks: each row's sum is the same.
        @Test(arguments: ModelFixture.names) func tinyBindings(name: String) throws {
            let whole = try expectedLogits(name)
            let split = try logits(
                name, edits: .init(properties: { $0.pointee.properties.limits.maxStorageBufferRange = 64 << 10 }))
            #expect(split.rows == whole.rows)
            // Bitwise, but for a last chunk of one row of logits, whose product is another kernel's.
            #expect(Deviation.worst(split.values, whole.values, absolute: 1e-4, relative: 1e-4) <= 1)
            let most = zip(split.values, whole.values).count { $0 == $1 }
            #expect(most >= whole.values.count - whole.columns)
        }

        /// Limits so small that nothing can be split any further are refused.
        @Test func bindingsTooSmallForOneToken() throws {
            let error = try #require(throws: DeviceError.self) {
                try logits(
                    "f32", edits: .init(properties: { $0.pointee.properties.limits.maxStorageBufferRange = 256 }))
            }
            #expect(error.code == .unsupported)
            #expect(error.problem.contains("binds at most 256"), "\(error)")
        }

        @Test(arguments: ["f32", "bf16", "q5_1"]) func coarseOffsets(name: String) throws {
            let expected = try expectedLogits(name)
            let found = try logits(
                name,
                edits: .init(properties: {
                    $0.pointee.properties.limits.minStorageBufferOffsetAlignment = 256
                    $0.pointee.properties.limits.maxStorageBufferRange = 64 << 10
                }))
            #expect(Deviation.worst(found.values, expected.values, absolute: 1e-4, relative: 1e-4) <= 1)
        }

        /// Every byte the host writes is flushed before the device reads it, and back.
        @Test(arguments: ModelFixture.few) func nonCoherentMemory(name: String) throws {
            let fixture = try ModelFixture.load(name)
            let expected = try expectedLogits(name)
            TappedVulkan.reset(editing: .init(memory: { Self.clear(VK_MEMORY_PROPERTY_HOST_COHERENT_BIT, in: $0) }))
            let before = (ShadowMemory.flushes, ShadowMemory.invalidations)
            do {
                let model = try VulkanModel.open(fixture, patch: ShadowMemory.patch)
                #expect(try model.forward(fixture.tokens, at: 0, logits: .all) == expected)
                let token = try model.greedy(after: fixture.tokens, at: 0)
                #expect(Int(token) == Reference.argmax(expected.lastRow.values))
                // How tokens are drawn reaches the device, too.
                let logits = try model.forward([token], at: fixture.tokens.count, logits: .last).values
                for uniform in [Float(0), 0.999] {
                    let row = SamplerRow(
                        topK: 100, topP: 1, logMinP: -.greatestFiniteMagnitude, inverseTemperature: 0.05,
                        uniform: uniform, penalty: 1.5, inversePenalty: 1 / 1.5)
                    let changes = [3, 7, UInt32(Reference.argmax(logits))].map { LogitChange($0, isRepeated: true) }
                    var penalised = logits
                    Reference.change(&penalised, by: changes, row)
                    let drawn = try model.engine.run(
                        Step(
                            decoding: [
                                Step.Row(
                                    token, at: fixture.tokens.count, slot: 0, output: .sampled(row, changes: changes))
                            ]))
                    #expect(drawn[0].token == TokenID(Reference.sampleToken(penalised, row)))
                }
            }
            #expect(ShadowMemory.flushes > before.0 && ShadowMemory.invalidations > before.1)
            #expect(ShadowMemory.livingMappings == 0)
            #expect(TappedVulkan.seen.leaks == [])
        }

        @Test func withoutCachedMemory() throws {
            let expected = try expectedLogits("q8_0")
            let found = try logits(
                "q8_0", edits: .init(memory: { Self.clear(VK_MEMORY_PROPERTY_HOST_CACHED_BIT, in: $0) }))
            #expect(found == expected)
        }

        @Test func withoutHostVisibleMemory() throws {
            let error = try #require(throws: DeviceError.self) {
                try logits("f32", edits: .init(memory: { Self.clear(VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT, in: $0) }))
            }
            #expect(error.code == .unsupported)
            #expect(error.problem.contains("no memory type"))
            #expect(TappedVulkan.seen.leaks == [])
        }

        @Test func withoutControlOfSubgroupSizes() throws {
            let error = try openError(
                .init(features: {
                    TappedVulkan.change(
                        $0, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES,
                        as: VkPhysicalDeviceVulkan13Features.self
                    ) { $0.subgroupSizeControl = 0 }
                }))
            #expect(error.code == .noDevice)
            #expect(error.problem.contains("(its driver lacks control of subgroup sizes"), "\(error)")
        }

        @Test func aVulkan12Device() throws {
            let error = try openError(.init(properties: { $0.pointee.properties.apiVersion = 1 << 22 | 2 << 12 | 131 }))
            #expect(error.code == .noDevice)
            #expect(error.problem.contains("(its driver has Vulkan 1.2.131, 1.3 is needed)"), "\(error)")
        }

        @Test func withoutSubgroupShuffles() throws {
            let error = try openError(
                .init(properties: {
                    TappedVulkan.change(
                        $0, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES,
                        as: VkPhysicalDeviceVulkan11Properties.self
                    ) { $0.subgroupSupportedOperations &= ~VK_SUBGROUP_FEATURE_SHUFFLE_BIT.rawValue }
                }))
            #expect(error.code == .noDevice)
            #expect(error.problem.contains("(it lacks subgroup arithmetic and shuffles"), "\(error)")
        }

        /// Clears a property of every memory type.
        private static func clear(
            _ flag: VkMemoryPropertyFlagBits, in memory: UnsafeMutablePointer<VkPhysicalDeviceMemoryProperties2>
        ) {
            withUnsafeMutableBytes(of: &memory.pointee.memoryProperties.memoryTypes) { bytes in
                for type in bytes.bindMemory(to: VkMemoryType.self).indices {
                    bytes.bindMemory(to: VkMemoryType.self)[type].propertyFlags &= ~flag.rawValue
                }
            }
        }
    }
}
