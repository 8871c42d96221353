import CVulkan

/// What was taken of some memory, or would be.
package struct HeapUse: Sendable, Equatable {
    /// Bytes that the driver gives, in whole blocks.
    package var byteCount: UInt64 = 0
    /// Of those, the bytes that buffers lie in.
    package var usedByteCount: UInt64 = 0
    /// The most that the driver gave at a time.
    package var peakByteCount: UInt64 = 0

    package init(byteCount: UInt64 = 0, usedByteCount: UInt64 = 0, peakByteCount: UInt64 = 0) {
        self.byteCount = byteCount
        self.usedByteCount = usedByteCount
        self.peakByteCount = peakByteCount
    }

    static func + (a: HeapUse, b: HeapUse) -> HeapUse {
        HeapUse(
            byteCount: a.byteCount + b.byteCount, usedByteCount: a.usedByteCount + b.usedByteCount,
            peakByteCount: a.peakByteCount + b.peakByteCount)
    }
}

// How much memory something will take is asked of the code that takes it: in an outline every buffer is made as ever,
// finds its place in a block by the same arithmetic, and has no memory.
extension Device {
    /// Whether buffers are outlines whose memory is counted.
    package var isOutlining: Bool { memory.isOutline }

    /// Whether buffers have memory.
    var makesBuffers: Bool { purpose == .running && !isOutlining }

    /// Runs `body` as on a device with nothing in its memory: buffers that it makes are outlines, which `memoryUses`
    /// and `usedByteCount` count. None of them may be used afterwards.
    package func outlining<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let real = memory
        memory = MemoryPool(outliningBeside: real)
        defer { memory = real }
        return try body()
    }

    /// What was taken of each heap, or would be; of a heap with several memory types, the sum of their peaks.
    package var memoryUses: [Int: HeapUse] {
        var uses: [Int: HeapUse] = [:]
        for (type, use) in memory.uses {
            let heap = Int(memoryTypes[type].heapIndex)
            uses[heap] = (uses[heap] ?? HeapUse()) + use
        }
        return uses
    }

    /// What the driver asks of a buffer: type bits and alignment are the same for all buffers of one usage, and the
    /// size is the buffer's in multiples of the alignment, or, by lavapipe, with some bytes behind it (Vulkan 1.3, 12.7).
    func requirements(ofBuffersOf byteCount: Int) throws(DeviceError) -> VkMemoryRequirements {
        var requirements = try probeRequirements()
        let behind = requirements.size - min(requirements.size, UInt64(Self.probeByteCount))
        let alignment = max(1, requirements.alignment)
        guard let aligned = RangeAllocator.alignUp(UInt64(byteCount), to: behind > 0 ? 1 : alignment) else {
            throw DeviceError(.outOfMemory, "A buffer of \(byteCount) bytes")
        }
        requirements.size = aligned + behind
        return requirements
    }

    /// A multiple of every alignment.
    private static let probeByteCount = 64 << 10

    /// Asks about one buffer, which gets no memory.
    private func probeRequirements() throws(DeviceError) -> VkMemoryRequirements {
        if let probedRequirements { return probedRequirements }
        let probe = try Buffer.create(self, byteCount: Self.probeByteCount, subject: "a buffer to ask about")
        defer { functions.vkDestroyBuffer(handle, probe, nil) }
        var requirements = VkMemoryRequirements()
        functions.vkGetBufferMemoryRequirements(handle, probe, &requirements)
        probedRequirements = requirements
        return requirements
    }
}
