import CVulkan
import Glibc

/// One allocation of the driver's, parts of which are buffers' memory.
final class MemoryBlock {
    /// Nil in an outline.
    let memory: VkDeviceMemory?
    let type: Int
    /// Whether it has room for more than the buffer that it was made for.
    let isShared: Bool
    var ranges: RangeAllocator
    /// Where the host sees the block, from the first time it asks.
    private var address: UnsafeMutableRawPointer?

    init(memory: VkDeviceMemory?, type: Int, byteCount: UInt64, isShared: Bool) {
        self.memory = memory
        self.type = type
        self.isShared = isShared
        ranges = RangeAllocator(byteCount: byteCount)
    }

    var byteCount: UInt64 { ranges.byteCount }

    /// Maps the whole block, once; freeing it ends that.
    func map(on device: Device, subject: String) throws(DeviceError) -> UnsafeMutableRawPointer {
        if let address { return address }
        var found: UnsafeMutableRawPointer?
        try check(
            device.functions.vkMapMemory(device.handle, memory, 0, VkDeviceSize.max, 0, &found), "vkMapMemory",
            for: subject)
        guard let found else { throw DeviceError(.failed, "vkMapMemory gave no address for \(subject)") }
        address = found
        if device.description.kind == "cpu", !isShared { adviseLargePages(found) }
        return found
    }

    /// Asks the system for pages of 2 MiB: a CPU driver's memory is the machine's, and touching memory for the first time
    /// took 0.55 s a GB in pages of 4 KiB, 0.08 s in these. Where there are none nothing changes.
    private func adviseLargePages(_ start: UnsafeMutableRawPointer) {
        let page = UInt(max(1, sysconf(Int32(_SC_PAGESIZE))))
        let first = (UInt(bitPattern: start) + page - 1) / page * page
        let end = UInt(bitPattern: start) + UInt(byteCount)
        guard first < end, let address = UnsafeMutableRawPointer(bitPattern: first) else { return }
        madvise(address, Int(end - first), MADV_HUGEPAGE)
    }
}

/// A part of a block: the memory of one buffer.
struct MemoryRange {
    var block: MemoryBlock
    var bytes: Range<UInt64>
}
