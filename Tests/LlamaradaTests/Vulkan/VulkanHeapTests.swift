import CVulkan
import LlamaradaDevice
import TestSupport
import Testing

extension VulkanFaultTests {
    /// In which heap and memory type buffers lie.
    @Suite struct Heaps {
        private static let mib: UInt64 = 1 << 20
        private static let bufferByteCount = 9 << 20

        /// The heaps of buffers of 9 MiB, each alone in its block, made until there is no memory for another.
        private func heapsUntilFull(_ device: Device) throws -> [Int?] {
            var buffers: [Buffer] = []
            let error = try #require(throws: DeviceError.self) {
                while buffers.count < 100 {
                    buffers.append(try Buffer(device, byteCount: Self.bufferByteCount, name: "buffer"))
                }
            }
            #expect(error.code == .outOfMemory && error.problem.contains("buffer (9437184 bytes)"), "\(error)")
            return buffers.map(\.heap)
        }

        private func open() throws -> Device { try Device(.automatic, patch: PlayedHeaps.patch) }

        @Test func twoHeapsOfTheDevice() throws {
            PlayedHeaps.reset(
                PlayedMemory(
                    [.local(32 * Self.mib), .local(64 * Self.mib), .host(1024 * Self.mib)],
                    [.local(0), .local(1), .uncached(2), .cached(2)]))
            let device = try open()
            #expect(try heapsUntilFull(device) == [0, 0, 0, 1, 1, 1, 1, 1, 1, 1])
            #expect(PlayedHeaps.taken == [0, 0, 0])
        }

        /// A heap is full by the driver's own account, before it moves something to the host.
        @Test func aHeapThatGivesMoreThanItHas() throws {
            PlayedHeaps.reset(
                PlayedMemory(
                    [.local(64 * Self.mib, budget: 20 * Self.mib), .local(64 * Self.mib), .host(1024 * Self.mib)],
                    [.local(0), .local(1), .uncached(2), .cached(2)]))
            let device = try open()
            guard device.description.heaps[0].availableByteCount != nil else { return }
            #expect(try heapsUntilFull(device).prefix(9) == [0, 0, 1, 1, 1, 1, 1, 1, 1])
        }

        @Test func neitherWindowNorHostMemory() throws {
            PlayedHeaps.reset(
                PlayedMemory(
                    [.local(32 * Self.mib), .host(1024 * Self.mib), .local(256 * Self.mib)],
                    [.local(0), .uncached(1), .cached(1), .shared(2)]))
            #expect(try heapsUntilFull(open()) == [0, 0, 0])
        }

        @Test func unifiedMemory() throws {
            PlayedHeaps.reset(
                PlayedMemory(
                    [.host(64 * Self.mib), .local(20 * Self.mib)], [.uncached(0), .cached(0), .shared(1)]),
                kind: VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU)
            #expect(try heapsUntilFull(open()) == [1, 1, 0, 0, 0, 0, 0, 0, 0])
        }

        /// What the device reads across the bus is write-combined, what the host reads is cached.
        @Test func theKindsOfHostMemory() throws {
            PlayedHeaps.reset(
                PlayedMemory(
                    [.local(64 * Self.mib), .host(64 * Self.mib), .local(256 * Self.mib)],
                    [.init(1), .local(0), .cached(1), .shared(2), .uncached(1)]))
            let device = try open()
            #expect(try Buffer(device, byteCount: 1 << 10, name: "here").memoryType == 1)
            #expect(try Buffer(device, byteCount: 1 << 10, placement: .host, name: "there").memoryType == 4)
            #expect(try HostBuffer(device, byteCount: 1 << 10, name: "mapped").buffer.memoryType == 2)
        }

        /// Where there is no bus.
        @Test func hostMemoryOfOneHeap() throws {
            PlayedHeaps.reset(PlayedMemory([.local(64 * Self.mib)], [.local(0), .shared(0)]))
            #expect(try Buffer(open(), byteCount: 1 << 10, placement: .host, name: "there").memoryType == 0)
        }

        /// Host memory that is full is an error, too.
        @Test func hostMemoryThatIsFull() throws {
            PlayedHeaps.reset(.card(64 * Self.mib, host: 16 * Self.mib))
            let device = try open()
            let first = try Buffer(device, byteCount: Self.bufferByteCount, placement: .host, name: "first")
            let error = try #require(throws: DeviceError.self) {
                try Buffer(device, byteCount: Self.bufferByteCount, placement: .host, name: "second")
            }
            #expect(error.code == .outOfMemory && error.problem.contains("second"), "\(error)")
            #expect(first.heap == 1)
        }
    }
}
