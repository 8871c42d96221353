import CVulkan
import LlamaradaDevice
import TestSupport
import Testing

extension VulkanFaultTests {
    /// Buffers as parts of blocks.
    @Suite struct Memory {
        private var allocations: Int { TappedVulkan.seen.calls["vkAllocateMemory", default: 0] }

        @Test func manyBuffersAreFewAllocations() throws {
            TappedVulkan.reset()
            do {
                let device = try Device(.automatic, patch: TappedVulkan.patch)
                let buffers = try (0..<500).map { try Buffer(device, byteCount: 100 << 10, name: "buffer \($0)") }
                // 4, 8, 16 and 32 MiB.
                #expect(allocations == 4 && device.allocatedByteCount == 60 << 20)
                #expect(device.usedByteCount >= 500 * 100 << 10 && device.usedByteCount <= device.allocatedByteCount)
                #expect(Set(buffers.map(\.id)).count == 500)
            }
            #expect(TappedVulkan.seen.leaks == [] && TappedVulkan.seen.strays == [])
        }

        @Test func largeBuffersAreAlone() throws {
            TappedVulkan.reset()
            let device = try Device(.automatic, patch: TappedVulkan.patch)
            var buffers = try (0..<2).map { try Buffer(device, byteCount: 9 << 20, name: "buffer \($0)") }
            #expect(allocations == 2 && device.allocatedByteCount == 18 << 20)
            buffers.removeFirst()
            #expect(device.allocatedByteCount == 9 << 20)
        }

        /// A block that is empty serves what comes next.
        @Test func smallBuffersThatComeAndGo() throws {
            TappedVulkan.reset()
            let device = try Device(.automatic, patch: TappedVulkan.patch)
            for round in 0..<20 {
                let view = try device.allocate(Float.self, count: 1000, name: "values")
                try device.upload([Float](repeating: Float(round), count: 1000), to: view)
                #expect(try device.download(view) == [Float](repeating: Float(round), count: 1000))
            }
            #expect(allocations <= 2)
            #expect(device.usedByteCount == 0 && device.allocatedByteCount <= 8 << 20)
        }

        @Test func neighboursKeepTheirBytes() throws {
            TappedVulkan.reset()
            let device = try Device(.automatic, patch: TappedVulkan.patch)
            let counts = (0..<40).map { 1 + $0 * 37 % 101 }
            let views = try counts.map { try device.allocate(UInt32.self, count: $0, name: "values") }
            for (index, view) in views.enumerated() {
                try device.upload([UInt32](repeating: UInt32(index), count: counts[index]), to: view)
            }
            for (index, view) in views.enumerated() {
                #expect(try device.download(view) == [UInt32](repeating: UInt32(index), count: counts[index]))
            }
        }

        /// Where a block with room for more can't be had, one of just the size may be.
        @Test func aSmallerBlockIsTaken() throws {
            TappedVulkan.reset(failing: "vkAllocateMemory", at: 1, with: VK_ERROR_OUT_OF_DEVICE_MEMORY)
            let device = try Device(.automatic, patch: TappedVulkan.patch)
            let buffer = try Buffer(device, byteCount: 1 << 20, name: "buffer")
            #expect(allocations == 2 && device.allocatedByteCount == 1 << 20)
            _ = buffer
        }

        /// What is kept empty is given back before memory counts as exhausted.
        @Test func emptyBlocksAreGivenBack() throws {
            TappedVulkan.reset()
            let device = try Device(.automatic, patch: TappedVulkan.patch)
            _ = try Buffer(device, byteCount: 1 << 20, name: "small")
            #expect(device.allocatedByteCount == 4 << 20)
            TappedVulkan.fail("vkAllocateMemory", with: VK_ERROR_OUT_OF_DEVICE_MEMORY)
            let buffer = try Buffer(device, byteCount: 16 << 20, name: "large")
            #expect(device.allocatedByteCount == 16 << 20 && buffer.byteCount == 16 << 20)
        }

        @Test func exhaustionIsAnErrorThatNamesTheBuffer() throws {
            TappedVulkan.reset()
            do {
                let device = try Device(.automatic, patch: TappedVulkan.patch)
                let kept = try Buffer(device, byteCount: 3 << 20, name: "kept")
                TappedVulkan.fail("vkAllocateMemory", with: VK_ERROR_OUT_OF_DEVICE_MEMORY, always: true)
                let error = try #require(throws: DeviceError.self) {
                    try Buffer(device, byteCount: 2 << 20, name: "wanted")
                }
                #expect(error.code == .outOfMemory && error.problem.contains("wanted (2097152 bytes)"), "\(error)")
                // What is left of the block still serves.
                _ = try Buffer(device, byteCount: 1 << 19, name: "little")
                #expect(device.allocatedByteCount == 4 << 20)
                _ = kept
            }
            #expect(TappedVulkan.seen.leaks == [] && TappedVulkan.seen.strays == [])
        }

        /// Flushing one host buffer leaves what the device wrote into its neighbour, in atoms as coarse as there are.
        @Test func flushingLeavesTheNeighboursAlone() throws {
            TappedVulkan.reset(
                editing: .init(
                    properties: { $0.pointee.properties.limits.nonCoherentAtomSize = 256 },
                    memory: { chain in
                        withUnsafeMutableBytes(of: &chain.pointee.memoryProperties.memoryTypes) { bytes in
                            let types = bytes.bindMemory(to: VkMemoryType.self)
                            for index in types.indices {
                                types[index].propertyFlags &= ~VK_MEMORY_PROPERTY_HOST_COHERENT_BIT.rawValue
                            }
                        }
                    }))
            let device = try Device(.automatic, patch: ShadowMemory.patch)
            let source = try device.allocate(UInt32.self, count: 4, name: "source")
            try device.upload([1, 2, 3, 4], to: source)
            let hosts = try (0..<3).map { try device.allocateHost(UInt32.self, count: 4, name: "host \($0)") }
            for host in hosts {
                host.elements.update(repeating: 9)
                try host.flush()
            }
            var pass = Pass(device)
            pass.copy(source, to: hosts[1].view)
            try device.run(pass)
            for index in [0, 2] { try hosts[index].flush() }
            try hosts[1].invalidate()
            #expect(Array(hosts[1].elements) == [1, 2, 3, 4])
            for index in [0, 2] { #expect(Array(hosts[index].elements) == [9, 9, 9, 9]) }
        }
    }
}
