/// A matrix whose parts lie in several files, one behind the other along an axis.
struct JoinedMatrix: Sendable {
    /// Along which axis the parts follow each other.
    enum Axis: Sendable {
        case rows, columns
    }

    /// One part: its elements may lie apart.
    struct Part: Sendable {
        let source: any ByteSource
        /// Where its first element lies.
        let byteOffset: Int
        let rowCount: Int
        let columnCount: Int
        let elementByteCount: Int
        /// Bytes from one row to the next, and from one element of a row to the next.
        let rowByteStride: Int
        let columnByteStride: Int

        var rowByteCount: Int { columnCount * elementByteCount }
        private var hasWholeRows: Bool { columnByteStride == elementByteCount }
        /// Whether the rows follow each other without a gap.
        private var isWhole: Bool { hasWholeRows && rowByteStride == rowByteCount }

        /// Reads bytes of a row, and of those after it where that is one reading; returns how many.
        fileprivate func read(
            row: Int, from start: Int, into target: UnsafeMutableRawBufferPointer
        ) throws(CheckpointError) -> Int {
            let place = byteOffset + row * rowByteStride
            let rest = (isWhole ? (rowCount - row) * rowByteCount : rowByteCount) - start
            let part = UnsafeMutableRawBufferPointer(rebasing: target[..<min(target.count, rest)])
            if hasWholeRows {
                try source.read(into: part, at: place + start)
                return part.count
            }
            // Columns of what was turned: each element is read by itself, up to the end of this one.
            let (column, skipped) = start.quotientAndRemainder(dividingBy: elementByteCount)
            let element = UnsafeMutableRawBufferPointer(
                rebasing: part[..<min(part.count, elementByteCount - skipped)])
            try source.read(into: element, at: place + column * columnByteStride + skipped)
            return element.count
        }
    }

    /// With the same number of columns, or of rows.
    let parts: [Part]
    let axis: Axis

    /// (rows, columns) of all parts together.
    var shape: [Int] {
        switch axis {
        case .rows: [parts.reduce(0) { $0 + $1.rowCount }, parts[0].columnCount]
        case .columns: [parts[0].rowCount, parts.reduce(0) { $0 + $1.columnCount }]
        }
    }

    /// Copies bytes of the whole matrix, row after row.
    func read(_ range: Range<Int>, into target: UnsafeMutableRawBufferPointer) throws(CheckpointError) {
        let rowByteCount = shape[1] * parts[0].elementByteCount
        var position = range.lowerBound
        while position < range.upperBound {
            let rest = UnsafeMutableRawBufferPointer(rebasing: target[(position - range.lowerBound)...])
            var (row, byte) = position.quotientAndRemainder(dividingBy: rowByteCount)
            var index = 0
            switch axis {
            case .rows:
                while row >= parts[index].rowCount {
                    row -= parts[index].rowCount
                    index += 1
                }
            case .columns:
                while byte >= parts[index].rowByteCount {
                    byte -= parts[index].rowByteCount
                    index += 1
                }
            }
            // Of a part of columns no more than its part of the row.
            let most = axis == .rows ? rest.count : min(rest.count, parts[index].rowByteCount - byte)
            position += try parts[index].read(
                row: row, from: byte, into: UnsafeMutableRawBufferPointer(rebasing: rest[..<most]))
        }
    }
}
