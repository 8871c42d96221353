package import CVulkan
import Glibc
import LlamaradaDevice
import Synchronization

/// Memory that is not coherent, on a driver whose memory is: the host is given a copy of what it maps, and only flushing
/// and invalidating move bytes between the copy and the device's memory. A forgotten one is a wrong result.
package enum ShadowMemory {
    /// Addresses as numbers, since a pointer may not leave a lock.
    private struct Mapping {
        package var shadow: UInt
        package var device: UInt
        package var byteCount: Int
    }

    private struct State {
        package var sizes: [UInt: Int] = [:]
        package var mappings: [UInt: Mapping] = [:]
        package var flushes = 0
        package var invalidations = 0
    }

    private static let state = Mutex(State())

    package static var flushes: Int { state.withLock { $0.flushes } }
    package static var invalidations: Int { state.withLock { $0.invalidations } }
    /// Mappings that were not given back.
    package static var livingMappings: Int { state.withLock { $0.mappings.count } }

    /// Clears the flag that says coherent, and maps shadows. `TappedVulkan.patch` comes first.
    package static func patch(_ table: inout LlamaradaVulkan) {
        TappedVulkan.patch(&table)
        Beneath.wrap(&table, \.vkAllocateMemory) { device, info, allocator, out in
            let result = ShadowMemory.Beneath.real.vkAllocateMemory(device, info, allocator, out)
            if result == VK_SUCCESS, let memory = out?.pointee, let info {
                ShadowMemory.note(memory, Int(info.pointee.allocationSize))
            }
            return result
        }
        Beneath.wrap(&table, \.vkMapMemory) { device, memory, offset, size, flags, out in
            let result = ShadowMemory.Beneath.real.vkMapMemory(device, memory, offset, size, flags, out)
            if result == VK_SUCCESS, let memory, let out, let address = out.pointee {
                out.pointee = ShadowMemory.map(memory, address)
            }
            return result
        }
        Beneath.wrap(&table, \.vkFreeMemory) { device, memory, allocator in
            if let memory { ShadowMemory.unmap(memory) }
            ShadowMemory.Beneath.real.vkFreeMemory(device, memory, allocator)
        }
        Beneath.wrap(&table, \.vkFlushMappedMemoryRanges) { _, count, ranges in
            ShadowMemory.move(count, ranges, toDevice: true)
        }
        Beneath.wrap(&table, \.vkInvalidateMappedMemoryRanges) { _, count, ranges in
            ShadowMemory.move(count, ranges, toDevice: false)
        }
    }

    private static func note(_ memory: OpaquePointer, _ byteCount: Int) {
        let key = UInt(bitPattern: memory)
        state.withLock { $0.sizes[key] = byteCount }
    }

    private static func map(_ memory: OpaquePointer, _ address: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        let (key, device) = (UInt(bitPattern: memory), UInt(bitPattern: address))
        let byteCount = state.withLock { $0.sizes[key] ?? 0 }
        let shadow = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 4096)
        // Neither side may see by luck what the other wrote.
        memset(shadow, 0xCD, byteCount)
        let mapping = Mapping(shadow: UInt(bitPattern: shadow), device: device, byteCount: byteCount)
        state.withLock { $0.mappings[key] = mapping }
        return shadow
    }

    private static func unmap(_ memory: OpaquePointer) {
        let key = UInt(bitPattern: memory)
        let mapping = state.withLock { state in
            state.sizes[key] = nil
            return state.mappings.removeValue(forKey: key)
        }
        if let mapping { UnsafeMutableRawPointer(bitPattern: mapping.shadow)?.deallocate() }
    }

    private static func move(
        _ count: UInt32, _ ranges: UnsafePointer<VkMappedMemoryRange>?, toDevice: Bool
    ) -> VkResult {
        for range in UnsafeBufferPointer(start: ranges, count: Int(count)) {
            let key = UInt(bitPattern: range.memory)
            guard let mapping = state.withLock({ $0.mappings[key] }),
                let shadow = UnsafeMutableRawPointer(bitPattern: mapping.shadow + UInt(range.offset)),
                let device = UnsafeMutableRawPointer(bitPattern: mapping.device + UInt(range.offset))
            else { return VK_ERROR_MEMORY_MAP_FAILED }
            let size =
                range.size == VkDeviceSize.max ? mapping.byteCount - Int(range.offset) : Int(range.size)
            if toDevice { memcpy(device, shadow, size) } else { memcpy(shadow, device, size) }
        }
        state.withLock { if toDevice { $0.flushes += 1 } else { $0.invalidations += 1 } }
        return VK_SUCCESS
    }

    /// The functions under the shadow: those of `TappedVulkan`.
    private enum Beneath {
        // Safety: as in TappedVulkan.
        package nonisolated(unsafe) static var real = LlamaradaVulkan()

        package static func wrap<Function>(
            _ table: inout LlamaradaVulkan, _ path: WritableKeyPath<LlamaradaVulkan, Function?>, _ wrapper: Function
        ) {
            guard let current = table[keyPath: path] else { return }
            real[keyPath: path] = current
            table[keyPath: path] = wrapper
        }
    }
}
