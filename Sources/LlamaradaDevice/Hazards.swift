/// Finds where a pass needs barriers from what its operations read and write.
///
/// One barrier orders everything before it against everything after, so only ranges touched since the last barrier
/// matter. A barrier is due when an operation reads or writes a range that was written since (RAW, WAW), or writes one
/// that was read since (WAR). Works on plain ranges, so that it is tested without a GPU.
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

    private var read: [UInt64: [Range<Int>]] = [:]
    private var written: [UInt64: [Range<Int>]] = [:]

    package init() {}

    /// Notes an operation; true when a barrier must come before it.
    package mutating func needsBarrier(reading: [Region], writing: [Region]) -> Bool {
        let conflict =
            reading.contains { touches($0, written) } || writing.contains { touches($0, written) || touches($0, read) }
        if conflict {
            read.removeAll(keepingCapacity: true)
            written.removeAll(keepingCapacity: true)
        }
        for region in reading { read[region.buffer, default: []].append(region.bytes) }
        for region in writing { written[region.buffer, default: []].append(region.bytes) }
        return conflict
    }

    private func touches(_ region: Region, _ ranges: [UInt64: [Range<Int>]]) -> Bool {
        ranges[region.buffer]?.contains { $0.overlaps(region.bytes) } ?? false
    }
}
