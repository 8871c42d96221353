/// Finds where a pass needs barriers, and what they must order, from what its operations read and write.
///
/// One barrier orders everything before it against everything after, so only ranges touched since the last barrier
/// matter. A barrier is due when an operation reads or writes a range that was written since (RAW, WAW), or writes one
/// that was read since (WAR). Works on plain ranges, so that it is tested without a GPU.
///
/// A barrier names what the operations between the one before and itself did, and what those until the next one do. That
/// is enough for whatever comes later, too: the second scope of one barrier and the first scope of the next are the same
/// operations, so that the barriers form an execution dependency chain, and what one made available the next ones make
/// visible (Vulkan 1.3, "Execution and Memory Dependencies").
package struct Hazards {
    /// Bytes of one buffer.
    package struct Region: Equatable, Sendable {
        package var buffer: UInt64
        package var bytes: Range<Int>

        package init(buffer: UInt64, bytes: Range<Int>) {
            self.buffer = buffer
            self.bytes = bytes
        }

        func overlaps(_ other: Region) -> Bool { buffer == other.buffer && bytes.overlaps(other.bytes) }
    }

    /// Who touches memory.
    package enum Stage: Sendable { case shader, transfer }

    /// One operation as a barrier sees it.
    package struct Access: Sendable {
        package var stage: Stage
        package var reads: [Region]
        package var writes: [Region]

        package init(_ stage: Stage, reads: [Region], writes: [Region]) {
            self.stage = stage
            self.reads = reads
            self.writes = writes
        }

        /// The access without its ranges.
        package var use: MemoryUse {
            let read: MemoryUse = stage == .shader ? .shaderRead : .transferRead
            let write: MemoryUse = stage == .shader ? .shaderWrite : .transferWrite
            return (reads.isEmpty ? [] : read).union(writes.isEmpty ? [] : write)
        }
    }

    /// Operations that no barrier separates.
    package struct Span: Equatable, Sendable {
        /// Places in the list that was given.
        package var operations: Range<Int>
        /// What all of them do.
        package var uses: MemoryUse

        package init(operations: Range<Int>, uses: MemoryUse) {
            self.operations = operations
            self.uses = uses
        }
    }

    private var read: [UInt64: [Range<Int>]] = [:]
    private var written: [UInt64: [Range<Int>]] = [:]

    private init() {}

    /// Divides operations, in their order, into spans between which a barrier is due.
    ///
    /// - Parameter isSerialized: whether each operation is to be a span of its own.
    package static func spans(of accesses: [Access], isSerialized: Bool = false) -> [Span] {
        var hazards = Hazards()
        var spans: [Span] = []
        for (index, access) in accesses.enumerated() {
            let isDue = hazards.needsBarrier(before: access)
            if isDue || isSerialized || spans.isEmpty {
                spans.append(Span(operations: index..<index + 1, uses: access.use))
            } else {
                spans[spans.count - 1].operations = spans[spans.count - 1].operations.lowerBound..<index + 1
                spans[spans.count - 1].uses.formUnion(access.use)
            }
        }
        return spans
    }

    /// Notes an operation; true when a barrier must come before it.
    private mutating func needsBarrier(before access: Access) -> Bool {
        let conflict =
            access.reads.contains { touches($0, written) }
            || access.writes.contains { touches($0, written) || touches($0, read) }
        if conflict {
            read.removeAll(keepingCapacity: true)
            written.removeAll(keepingCapacity: true)
        }
        for region in access.reads { read[region.buffer, default: []].append(region.bytes) }
        for region in access.writes { written[region.buffer, default: []].append(region.bytes) }
        return conflict
    }

    private func touches(_ region: Region, _ ranges: [UInt64: [Range<Int>]]) -> Bool {
        ranges[region.buffer]?.contains { $0.overlaps(region.bytes) } ?? false
    }
}
