import CVulkan

/// A device's memory in blocks, of which buffers take parts: drivers allow as few as 4096 allocations, and each is slow.
struct MemoryPool {
    /// The largest block that is shared. The first of each memory type is smaller, since small models need little.
    static let largestBlock: UInt64 = 64 << 20
    static let smallestBlock: UInt64 = 4 << 20
    /// From this size on a buffer is alone in a block of its own size: what is lost at a block's end, less than this, is
    /// then at most an eighth.
    static let alone: UInt64 = largestBlock / 8

    private var blocks: [MemoryBlock] = []

    /// Bytes that the driver has given.
    var byteCount: UInt64 { blocks.reduce(0) { $0 + $1.byteCount } }

    /// Of those, the bytes that are handed out.
    var usedByteCount: UInt64 { blocks.reduce(0) { $0 + $1.byteCount - $1.ranges.freeByteCount } }

    /// Takes memory of one type from a block that has room, or from a new one.
    ///
    /// - Throws: `DeviceError` with code `.outOfMemory` where not even a block of just this size can be had.
    mutating func allocate(
        type: Int, byteCount: UInt64, alignment: UInt64, on device: Device, subject: String
    ) throws(DeviceError) -> MemoryRange {
        if byteCount < Self.alone {
            for block in blocks where block.type == type && block.isShared {
                if let offset = block.ranges.allocate(byteCount, alignment: alignment) {
                    return MemoryRange(block: block, bytes: offset..<offset + byteCount)
                }
            }
        }
        let block = try newBlock(type: type, byteCount: byteCount, on: device, subject: subject)
        guard let offset = block.ranges.allocate(byteCount, alignment: alignment) else {
            throw DeviceError(.failed, "\(subject) does not fit a block made for it")
        }
        return MemoryRange(block: block, bytes: offset..<offset + byteCount)
    }

    /// Gives memory back. One empty block of a type is kept for what comes next.
    mutating func deallocate(_ range: MemoryRange, on device: Device) {
        range.block.ranges.deallocate(range.bytes)
        guard range.block.ranges.isEmpty else { return }
        let hasOther = blocks.contains { $0 !== range.block && $0.type == range.block.type && $0.ranges.isEmpty }
        if !range.block.isShared || hasOther { free(on: device) { $0 === range.block } }
    }

    /// Frees blocks that nothing lies in.
    mutating func freeEmpty(on device: Device) { free(on: device) { $0.ranges.isEmpty } }

    /// Frees every block: no buffer is left.
    func freeAll(_ functions: LlamaradaVulkan, _ device: VkDevice) {
        for block in blocks { functions.vkFreeMemory(device, block.memory, nil) }
    }

    private mutating func free(on device: Device, where isChosen: (MemoryBlock) -> Bool) {
        for block in blocks where isChosen(block) { device.functions.vkFreeMemory(device.handle, block.memory, nil) }
        blocks.removeAll(where: isChosen)
    }

    /// A block with room for more than is asked where the driver has that much, else one of just this size.
    private mutating func newBlock(
        type: Int, byteCount: UInt64, on device: Device, subject: String
    ) throws(DeviceError) -> MemoryBlock {
        let shared = sharedByteCount(type: type, least: byteCount, on: device)
        if let shared,
            let block = try? makeBlock(type: type, byteCount: shared, isShared: true, on: device, subject: subject)
        {
            return block
        }
        do throws(DeviceError) {
            return try makeBlock(type: type, byteCount: byteCount, isShared: false, on: device, subject: subject)
        } catch {
            // What is kept empty may be what is missing.
            guard error.code == .outOfMemory, blocks.contains(where: \.ranges.isEmpty) else { throw error }
            freeEmpty(on: device)
            return try makeBlock(type: type, byteCount: byteCount, isShared: false, on: device, subject: subject)
        }
    }

    /// The size of the next shared block: twice the one before. Nil where the request is to be alone.
    private func sharedByteCount(type: Int, least: UInt64, on device: Device) -> UInt64? {
        let largest = min(Self.largestBlock, device.description.maxAllocationByteCount)
        guard least < min(Self.alone, largest) else { return nil }
        var size = Self.smallestBlock
        for block in blocks where block.type == type && block.isShared { size = max(size, 2 * block.byteCount) }
        while size < least { size *= 2 }
        return min(size, largest)
    }

    private mutating func makeBlock(
        type: Int, byteCount: UInt64, isShared: Bool, on device: Device, subject: String
    ) throws(DeviceError) -> MemoryBlock {
        var info = VkMemoryAllocateInfo()
        info.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO
        info.allocationSize = byteCount
        info.memoryTypeIndex = UInt32(type)
        var memory: VkDeviceMemory?
        try check(
            device.functions.vkAllocateMemory(device.handle, &info, nil, &memory), "vkAllocateMemory", for: subject)
        guard let memory else { throw DeviceError(.failed, "vkAllocateMemory gave no memory") }
        let block = MemoryBlock(memory: memory, type: type, byteCount: byteCount, isShared: isShared)
        blocks.append(block)
        return block
    }
}
