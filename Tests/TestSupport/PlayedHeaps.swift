package import CVulkan
import Synchronization

/// Heaps that are not there, on a driver with one: each gives what it has and no more, all of it the driver's own memory.
///
/// As with `TappedVulkan`, what the functions share is global: only tests that run one after the other may use it.
package enum PlayedHeaps {
    private struct State {
        var memory = PlayedMemory([], [])
        /// Bytes that a heap really gives.
        var limits: [UInt64] = []
        var taken: [UInt64] = []
        /// Heap and size of each allocation, by its handle as a number.
        var living: [UInt: (heap: Int, byteCount: UInt64)] = [:]
    }

    private static let state = Mutex(State())

    /// Bytes taken of each heap.
    package static var taken: [UInt64] { state.withLock { $0.taken } }

    /// Plays a device of a kind with such memory.
    ///
    /// - Parameter limits: bytes that the heaps give where that is not what they say.
    package static func reset(
        _ memory: PlayedMemory, kind: VkPhysicalDeviceType = VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU,
        limits: [UInt64]? = nil
    ) {
        TappedVulkan.reset(
            editing: .init(
                properties: { $0.pointee.properties.deviceType = kind }, memory: { memory.write(to: $0) }))
        state.withLock {
            $0 = State(
                memory: memory, limits: limits ?? memory.heaps.map(\.byteCount),
                taken: memory.heaps.map { _ in 0 })
        }
    }

    /// `TappedVulkan.patch` comes first.
    package static func patch(_ table: inout LlamaradaVulkan) {
        TappedVulkan.patch(&table)
        Beneath.wrap(&table, \.vkGetBufferMemoryRequirements) { device, buffer, out in
            PlayedHeaps.Beneath.real.vkGetBufferMemoryRequirements(device, buffer, out)
            out?.pointee.memoryTypeBits = PlayedHeaps.typeBits
        }
        Beneath.wrap(&table, \.vkAllocateMemory) { device, info, allocator, out in
            PlayedHeaps.allocate(device, info, allocator, out)
        }
        Beneath.wrap(&table, \.vkFreeMemory) { device, memory, allocator in
            PlayedHeaps.free(memory)
            PlayedHeaps.Beneath.real.vkFreeMemory(device, memory, allocator)
        }
    }

    private static var typeBits: UInt32 { state.withLock { UInt32(1 << $0.memory.types.count) - 1 } }

    private static func allocate(
        _ device: VkDevice?, _ info: UnsafePointer<VkMemoryAllocateInfo>?,
        _ allocator: UnsafePointer<VkAllocationCallbacks>?, _ out: UnsafeMutablePointer<VkDeviceMemory?>?
    ) -> VkResult {
        guard var changed = info?.pointee else { return VK_ERROR_UNKNOWN }
        let (type, byteCount) = (Int(changed.memoryTypeIndex), changed.allocationSize)
        let heap: Int? = state.withLock {
            let heap = $0.memory.types[type].heap
            guard $0.taken[heap] + byteCount <= $0.limits[heap] else { return nil }
            $0.taken[heap] += byteCount
            return heap
        }
        guard let heap else { return VK_ERROR_OUT_OF_DEVICE_MEMORY }
        changed.memoryTypeIndex = 0
        let result = Beneath.real.vkAllocateMemory(device, &changed, allocator, out)
        let handle = UInt(bitPattern: out?.pointee)
        state.withLock {
            if result == VK_SUCCESS { $0.living[handle] = (heap, byteCount) } else { $0.taken[heap] -= byteCount }
        }
        return result
    }

    private static func free(_ memory: VkDeviceMemory?) {
        let handle = UInt(bitPattern: memory)
        state.withLock {
            guard let (heap, byteCount) = $0.living.removeValue(forKey: handle) else { return }
            $0.taken[heap] -= byteCount
        }
    }

    /// The functions under the heaps: those of `TappedVulkan`.
    private enum Beneath {
        // Safety: as in TappedVulkan.
        nonisolated(unsafe) static var real = LlamaradaVulkan()

        static func wrap<Function>(
            _ table: inout LlamaradaVulkan, _ path: WritableKeyPath<LlamaradaVulkan, Function?>, _ wrapper: Function
        ) {
            guard let current = table[keyPath: path] else { return }
            real[keyPath: path] = current
            table[keyPath: path] = wrapper
        }
    }
}
