import CVulkan
import LlamaradaDevice
import TestSupport
import Testing

/// Machines that are not there. One after the other, since the played functions share their state.
@Suite(.serialized) struct PlayedDevicesTests {
    /// Which heaps count as the device's memory: what drivers list, and what was reported where that was misread.
    @Suite struct Heaps {
        struct Case: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var kind: VkPhysicalDeviceType
            var memory: PlayedMemory
            var uses: [DeviceDescription.Heap.Use]
            var byteCount: UInt64
            var isUnified = false
        }

        private static let discrete = VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU
        private static let integrated = VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU
        private static let virtual = VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU
        private static let gib: UInt64 = 1 << 30
        private static let mib: UInt64 = 1 << 20

        static let cases: [Case] = [
            Case(
                testDescription: "a card whose window of 256 MiB is no memory of its own", kind: discrete,
                memory: PlayedMemory(
                    [.local(8 * gib), .host(32 * gib), .local(256 * mib)],
                    [.local(0), .uncached(1), .cached(1), .shared(2)]),
                uses: [.device, .host, .none], byteCount: 8 * gib),
            Case(
                testDescription: "a window that comes first", kind: discrete,
                memory: PlayedMemory(
                    [.local(256 * mib), .local(8 * gib), .host(32 * gib)],
                    [.shared(0), .local(1), .uncached(2), .cached(2)]),
                uses: [.none, .device, .host], byteCount: 8 * gib),
            Case(
                testDescription: "host memory that is larger and comes first", kind: discrete,
                memory: PlayedMemory([.host(128 * gib), .local(8 * gib)], [.uncached(0), .cached(0), .local(1)]),
                uses: [.host, .device], byteCount: 8 * gib),
            Case(
                testDescription: "a card whose memory the host sees whole", kind: discrete,
                memory: PlayedMemory(
                    [.local(16 * gib), .host(32 * gib)], [.local(0), .shared(0), .uncached(1), .cached(1)]),
                uses: [.device, .host], byteCount: 16 * gib),
            Case(
                testDescription: "a card all of whose types the host sees", kind: discrete,
                memory: PlayedMemory([.local(16 * gib), .host(32 * gib)], [.shared(0), .uncached(1), .cached(1)]),
                uses: [.device, .host], byteCount: 16 * gib),
            Case(
                testDescription: "a card half of whose memory the host sees", kind: discrete,
                memory: PlayedMemory(
                    [.local(8 * gib), .host(32 * gib), .local(8 * gib)], [.local(0), .uncached(1), .shared(2)]),
                uses: [.device, .host, .device], byteCount: 16 * gib),
            Case(
                testDescription: "a card with memory in two heaps", kind: discrete,
                memory: PlayedMemory(
                    [.local(12 * gib), .local(12 * gib), .host(64 * gib)], [.local(0), .local(1), .uncached(2)]),
                uses: [.device, .device, .host], byteCount: 24 * gib),
            Case(
                testDescription: "heaps in which no buffer may lie", kind: discrete,
                memory: PlayedMemory(
                    [.local(8 * gib), .local(4 * gib), .local(2 * gib), .local(gib), .host(32 * gib)],
                    [
                        .local(0), .init(1, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, VK_MEMORY_PROPERTY_PROTECTED_BIT),
                        .init(
                            2, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, VK_MEMORY_PROPERTY_DEVICE_COHERENT_BIT_AMD,
                            VK_MEMORY_PROPERTY_DEVICE_UNCACHED_BIT_AMD), .uncached(4),
                    ]),
                uses: [.device, .none, .none, .none, .host], byteCount: 8 * gib),
            Case(
                testDescription: "an APU's carve-out of 512 MiB beside the memory that it shares", kind: integrated,
                memory: PlayedMemory([.local(512 * mib), .host(24 * gib)], [.shared(0), .uncached(1), .cached(1)]),
                uses: [.device, .device], byteCount: 24 * gib + 512 * mib, isUnified: true),
            Case(
                testDescription: "an APU whose shared memory comes first", kind: integrated,
                memory: PlayedMemory(
                    [.host(10 * gib), .local(20 * gib)], [.uncached(0), .shared(1), .cached(0)]),
                uses: [.device, .device], byteCount: 30 * gib, isUnified: true),
            Case(
                testDescription: "an APU with carve-out, window and shared memory", kind: integrated,
                memory: PlayedMemory(
                    [.local(256 * mib), .host(15 * gib), .local(256 * mib)],
                    [.local(0), .uncached(1), .shared(2), .cached(1)]),
                uses: [.device, .device, .none], byteCount: 15 * gib + 256 * mib, isUnified: true),
            Case(
                testDescription: "an integrated GPU with one heap", kind: integrated,
                memory: PlayedMemory([.local(31 * gib)], [.shared(0)]),
                uses: [.device], byteCount: 31 * gib, isUnified: true),
            Case(
                testDescription: "a virtual GPU over an integrated one", kind: virtual,
                memory: PlayedMemory([.local(31 * gib)], [.shared(0)]),
                uses: [.device], byteCount: 31 * gib, isUnified: true),
            Case(
                testDescription: "a virtual GPU over a card", kind: virtual, memory: .card(8 * gib),
                uses: [.device, .host], byteCount: 8 * gib),
        ]

        @Test(arguments: cases) func whatCounts(_ one: Case) throws {
            let device = try PlayedDevices.list([.init("GPU", one.kind, one.memory)])[0]
            #expect(device.heaps.map(\.use) == one.uses)
            #expect(device.memoryByteCount == one.byteCount)
            #expect(device.hasUnifiedMemory == one.isUnified)
            #expect((device.availableHostMemoryByteCount > 0) == one.uses.contains(.host))
        }

        @Test func nonsenseDoesNotTrap() throws {
            let memory = PlayedMemory([.local(.max), .local(.max), .host(0)], [.local(0), .local(1), .uncached(2)])
            #expect(try PlayedDevices.list([.init("GPU", Self.discrete, memory)])[0].memoryByteCount == .max)
            #expect(try PlayedDevices.list([.init("GPU", Self.discrete, PlayedMemory([], []))])[0].memoryByteCount == 0)
        }
    }
}
