/// Which bytes of a block are free, and which are handed out next.
///
/// Free ranges are kept in order, neighbours joined. The smallest that fits is taken, so that large ones stay for large
/// requests. Works on numbers alone, so that it is tested without a GPU.
package struct RangeAllocator: Sendable {
    package let byteCount: UInt64
    /// In order, never empty, never touching.
    package private(set) var free: [Range<UInt64>]

    /// A block of which everything is free.
    package init(byteCount: UInt64) {
        self.byteCount = byteCount
        free = byteCount > 0 ? [0..<byteCount] : []
    }

    /// Whether nothing is handed out.
    package var isEmpty: Bool { freeByteCount == byteCount }

    package var freeByteCount: UInt64 { free.reduce(0) { $0 + UInt64($1.count) } }

    /// Takes `byteCount` bytes whose offset is a multiple of `alignment`; nil where they do not fit.
    package mutating func allocate(_ byteCount: UInt64, alignment: UInt64) -> UInt64? {
        precondition(byteCount > 0 && alignment > 0, "\(byteCount) bytes at multiples of \(alignment)")
        var best: (index: Int, offset: UInt64)?
        for (index, range) in free.enumerated() {
            guard let offset = Self.offset(of: byteCount, in: range, alignment: alignment) else { continue }
            if let best, free[best.index].count <= range.count { continue }
            best = (index, offset)
        }
        guard let (index, offset) = best else { return nil }
        let range = free[index]
        let rest = [range.lowerBound..<offset, offset + byteCount..<range.upperBound].filter { !$0.isEmpty }
        free.replaceSubrange(index...index, with: rest)
        return offset
    }

    /// Gives back what `allocate` gave.
    package mutating func deallocate(_ range: Range<UInt64>) {
        let next = free.firstIndex { $0.lowerBound >= range.upperBound } ?? free.count
        precondition(
            !range.isEmpty && range.upperBound <= byteCount
                && (next == 0 || free[next - 1].upperBound <= range.lowerBound), "bytes \(range) are free already")
        var (joined, first, end) = (range, next, next)
        if next > 0, free[next - 1].upperBound == range.lowerBound {
            first = next - 1
            joined = free[first].lowerBound..<joined.upperBound
        }
        if next < free.count, free[next].lowerBound == range.upperBound {
            joined = joined.lowerBound..<free[next].upperBound
            end = next + 1
        }
        free.replaceSubrange(first..<end, with: [joined])
    }

    private static func offset(of byteCount: UInt64, in range: Range<UInt64>, alignment: UInt64) -> UInt64? {
        guard let offset = alignUp(range.lowerBound, to: alignment) else { return nil }
        guard offset <= range.upperBound, range.upperBound - offset >= byteCount else { return nil }
        return offset
    }

    /// The least multiple of `alignment` that is not below `value`; nil beyond 64 bits.
    package static func alignUp(_ value: UInt64, to alignment: UInt64) -> UInt64? {
        let over = value % alignment
        guard over > 0 else { return value }
        let (sum, overflows) = value.addingReportingOverflow(alignment - over)
        return overflows ? nil : sum
    }
}
