import CVulkan

/// A device's memory in blocks, of which buffers take parts: drivers allow as few as 4096 allocations, and each is slow.
struct MemoryPool {
    /// The largest block that is shared. The first of each memory type is smaller, since small models need little.
    static let largestBlock: UInt64 = 64 << 20
    static let smallestBlock: UInt64 = 4 << 20
    /// From this size on a buffer is alone in a block of its own size: what is lost at a block's end, less than this, is
    /// then at most an eighth.
    static let alone: UInt64 = largestBlock / 8

    /// Whether blocks are only counted: none has memory.
    let isOutline: Bool
    private var blocks: [MemoryBlock] = []
    /// The most bytes of each memory type that were given at a time.
    private var peaks: [Int: UInt64] = [:]
    /// What an outline can't have: what was given of each memory type before.
    private let takenBefore: [Int: HeapUse]

    /// A pool that has nothing yet.
    init() { (isOutline, takenBefore) = (false, [:]) }

    /// A pool for an outline beside what another gives.
    init(outliningBeside other: MemoryPool) { (isOutline, takenBefore) = (true, other.uses) }

    /// Bytes that the driver has given.
    var byteCount: UInt64 { blocks.reduce(0) { $0 + $1.byteCount } }

    /// Of those, the bytes that are handed out.
    var usedByteCount: UInt64 { blocks.reduce(0) { $0 + $1.byteCount - $1.ranges.freeByteCount } }

    /// What was taken of each memory type.
    var uses: [Int: HeapUse] {
        var uses = peaks.mapValues { HeapUse(peakByteCount: $0) }
        for block in blocks {
            uses[block.type, default: HeapUse()].byteCount += block.byteCount
            uses[block.type, default: HeapUse()].usedByteCount += block.byteCount - block.ranges.freeByteCount
        }
        return uses
    }

    /// Takes memory of one of several types, the first that has some: of a block that has room, or of a new one.
    ///
    /// - Parameter types: best first, each of another heap.
    /// - Throws: `DeviceError` with code `.outOfMemory` where not even a block of just this size can be had.
    mutating func allocate(
        types: [Int], byteCount: UInt64, alignment: UInt64, on device: Device, subject: String
    ) throws(DeviceError) -> MemoryRange {
        if byteCount < Self.alone {
            for type in types {
                for block in blocks where block.type == type && block.isShared {
                    if let offset = block.ranges.allocate(byteCount, alignment: alignment) {
                        return MemoryRange(block: block, bytes: offset..<offset + byteCount)
                    }
                }
            }
        }
        let block = try newBlock(types: types, byteCount: byteCount, on: device, subject: subject)
        guard let offset = block.ranges.allocate(byteCount, alignment: alignment) else {
            throw DeviceError(.failed, "\(subject) does not fit a block made for it")
        }
        return MemoryRange(block: block, bytes: offset..<offset + byteCount)
    }

    /// A block of the first type whose heap has room for it. Drivers may give more than there is and move something to
    /// the host without a word, so a heap that is full by its own account comes last.
    private mutating func newBlock(
        types: [Int], byteCount: UInt64, on device: Device, subject: String
    ) throws(DeviceError) -> MemoryBlock {
        let roomy = types.filter { hasRoom(type: $0, byteCount: byteCount, on: device) }
        var failure: DeviceError?
        for type in roomy + types.filter({ !roomy.contains($0) }) {
            do throws(DeviceError) {
                return try newBlock(
                    type: type, hasOthers: types.count > 1, byteCount: byteCount, on: device, subject: subject)
            } catch {
                guard error.code == .outOfMemory else { throw error }
                failure = failure ?? error
            }
        }
        throw failure ?? DeviceError(.unsupported, "\(subject): the device has no memory type for it")
    }

    /// Whether a type's heap has so much left by what the driver said when the device was opened. A CPU driver's heap
    /// says little, so there only the allocation itself decides.
    private func hasRoom(type: Int, byteCount: UInt64, on device: Device) -> Bool {
        let index = device.memoryTypes[type].heapIndex
        guard device.description.kind != "cpu", device.description.heaps.indices.contains(Int(index)) else {
            return true
        }
        let heap = device.description.heaps[Int(index)]
        func isThere(_ type: Int) -> Bool { device.memoryTypes[type].heapIndex == index }
        let taken =
            blocks.reduce(0) { $0 + (isThere($1.type) ? $1.byteCount : 0) }
            + takenBefore.reduce(0) { $0 + (isThere($1.key) ? $1.value.byteCount : 0) }
        let room = heap.availableByteCount ?? heap.byteCount
        return taken <= room && byteCount <= room - taken
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
        for block in blocks where isChosen(block) && !isOutline {
            device.functions.vkFreeMemory(device.handle, block.memory, nil)
        }
        blocks.removeAll(where: isChosen)
    }

    /// A block with room for more than is asked where the driver has that much, else one of just this size.
    private mutating func newBlock(
        type: Int, hasOthers: Bool, byteCount: UInt64, on device: Device, subject: String
    ) throws(DeviceError) -> MemoryBlock {
        if let shared = sharedByteCount(type: type, least: byteCount, on: device),
            !hasOthers || hasRoom(type: type, byteCount: shared, on: device),
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
        let memory = isOutline ? nil : try Self.memory(type: type, byteCount: byteCount, on: device, subject: subject)
        let block = MemoryBlock(memory: memory, type: type, byteCount: byteCount, isShared: isShared)
        blocks.append(block)
        let given = blocks.reduce(0) { $0 + ($1.type == type ? $1.byteCount : 0) }
        peaks[type] = max(peaks[type] ?? 0, given)
        return block
    }

    private static func memory(
        type: Int, byteCount: UInt64, on device: Device, subject: String
    ) throws(DeviceError) -> VkDeviceMemory {
        var info = VkMemoryAllocateInfo()
        info.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO
        info.allocationSize = byteCount
        info.memoryTypeIndex = UInt32(type)
        var memory: VkDeviceMemory?
        try check(
            device.functions.vkAllocateMemory(device.handle, &info, nil, &memory), "vkAllocateMemory", for: subject)
        guard let memory else { throw DeviceError(.failed, "vkAllocateMemory gave no memory") }
        return memory
    }
}
