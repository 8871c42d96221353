package import LlamaradaDevice
import LlamaradaShaders

/// A row of activations in bytes, as `Include/Int8Row.glsl` describes it.
package enum Int8Row {
    /// Columns that share a sum.
    package static let runColumns = 16
    /// Words of a run's quants, and of its unit and sum.
    package static let (quantWords, factorWords) = (4, 2)
    /// Elements that a tiled product stages at once, at most: rows are filled up to that.
    private static let slabColumns = 64

    /// Words of a row.
    package static func wordCount(columns: Int) -> Int {
        let runs = Grid.divideRoundingUp(columns, slabColumns) * slabColumns / runColumns
        return runs * (quantWords + factorWords)
    }
}

extension Pass {
    /// bytes[r] = x[r] in blocks of 32 columns, each a multiple of a unit of its own.
    ///
    /// - Parameters:
    ///   - x: (any, columns).
    ///   - rows: those that are rounded.
    ///   - bytes: (any, `Int8Row.wordCount(columns:)`).
    package mutating func int8Rows(_ x: View<Float>, columns: Int, rows: Range<Int>, into bytes: View<UInt32>) {
        let words = Int8Row.wordCount(columns: columns)
        precondition(
            x.count >= rows.upperBound * columns && bytes.count >= rows.upperBound * words,
            "Int8Rows: \(rows) of (\(x.count)) by \(columns) into (\(bytes.count))")
        dispatch(
            Int8Rows(x: .read(x), bytes: .write(bytes)),
            push: .init(
                rows: UInt32(rows.count), columns: UInt32(columns), words: UInt32(words),
                firstRow: UInt32(rows.lowerBound)),
            specialize: .init(lanes: UInt32(tuning.reductionLanes)), over: .workgroups(rows.count),
            cost: Cost(
                flops: 4 * rows.count * columns, bytesRead: 4 * rows.count * columns,
                bytesWritten: 4 * rows.count * words),
            shape: "(\(rows.count), \(columns))")
    }
}
