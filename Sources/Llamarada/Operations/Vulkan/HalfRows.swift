package import LlamaradaDevice
import LlamaradaShaders

/// A row of activations in f16, as `Include/HalfRow.glsl` describes it.
package enum HalfRow {
    /// Words before the elements, of which the first is the factor of all.
    package static let headWordCount = 4
    /// Elements that a tiled product stages at once, at most: rows are filled up to that.
    private static let slabColumns = 64

    /// Words of a row.
    package static func wordCount(columns: Int) -> Int {
        headWordCount + Grid.divideRoundingUp(columns, slabColumns) * slabColumns / 2
    }

    /// Words of a buffer of rows: a tile's matrices may reach behind the last one.
    package static func roomCount(rows: Int, columns: Int) -> Int {
        (rows + MatrixTile.mostTokens) * wordCount(columns: columns)
    }
}

extension Pass {
    /// halves[r] = x[r] in f16, times a power of two that brings the row into range.
    ///
    /// - Parameters:
    ///   - x: (any, columns).
    ///   - rows: those that are rounded.
    ///   - halves: (any, `HalfRow.wordCount(columns:)`).
    package mutating func halfRows(_ x: View<Float>, columns: Int, rows: Range<Int>, into halves: View<UInt32>) {
        let words = HalfRow.wordCount(columns: columns)
        precondition(
            x.count >= rows.upperBound * columns && halves.count >= rows.upperBound * words,
            "HalfRows: \(rows) of (\(x.count)) by \(columns) into (\(halves.count))")
        dispatch(
            HalfRows(x: .read(x), halves: .write(halves)),
            push: .init(
                rows: UInt32(rows.count), columns: UInt32(columns), words: UInt32(words),
                firstRow: UInt32(rows.lowerBound)),
            specialize: .init(lanes: UInt32(tuning.reductionLanes)), over: .workgroups(rows.count),
            cost: Cost(
                flops: 2 * rows.count * columns, bytesRead: 4 * rows.count * columns,
                bytesWritten: 4 * rows.count * words),
            shape: "(\(rows.count), \(columns))")
    }
}
