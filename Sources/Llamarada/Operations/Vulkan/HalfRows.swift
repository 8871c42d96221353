package import LlamaradaDevice
import LlamaradaShaders

/// Rows of activations in f16, as `Include/HalfPanels.glsl` describes them: (panels, capacity, 16) behind a factor for each row.
package struct HalfPanels {
    /// Words that the columns of a panel take.
    package static let words = 8
    private static let columns = 16
    /// Elements that a tiled product stages at once, at most: rows are filled up to that.
    private static let slabColumns = 64
    /// Elements begin at a multiple of so many words.
    private static let alignment = 4

    package let count: Int
    /// Rows that there is room for.
    package let capacity: Int

    /// What so many words hold of rows with so many columns.
    package init(columns: Int, wordCount: Int) {
        count = Self.count(columns: columns)
        capacity = wordCount / Self.rowWordCount(columns: columns) / Self.alignment * Self.alignment
    }

    /// Where the 16 columns of a row in a panel begin.
    package func place(panel: Int, row: Int) -> Int { capacity + (panel * capacity + row) * Self.words }

    private static func count(columns: Int) -> Int {
        Grid.divideRoundingUp(columns, slabColumns) * slabColumns / Self.columns
    }

    private static func rowWordCount(columns: Int) -> Int { 1 + count(columns: columns) * words }

    /// Words of a buffer of rows: a tile's matrices may reach behind the last one.
    package static func roomCount(rows: Int, columns: Int) -> Int {
        Grid.divideRoundingUp(rows + MatrixTile.mostTokens, alignment) * alignment * rowWordCount(columns: columns)
    }
}

extension Pass {
    /// halves[r] = x[r] in f16, times a power of two that brings the row into range.
    ///
    /// - Parameters:
    ///   - x: (any, columns).
    ///   - rows: those that are rounded.
    ///   - halves: as `HalfPanels` describes them, with room for the rows.
    package mutating func halfRows(_ x: View<Float>, columns: Int, rows: Range<Int>, into halves: View<UInt32>) {
        let panels = HalfPanels(columns: columns, wordCount: halves.count)
        precondition(
            x.count >= rows.upperBound * columns && panels.capacity >= rows.upperBound,
            "HalfRows: \(rows) of (\(x.count)) by \(columns) into (\(halves.count))")
        dispatch(
            HalfRows(x: .read(x), halves: .write(halves)),
            push: .init(
                rows: UInt32(rows.count), columns: UInt32(columns), panels: UInt32(panels.count),
                capacity: UInt32(panels.capacity), firstRow: UInt32(rows.lowerBound)),
            specialize: .init(lanes: UInt32(tuning.reductionLanes)), over: .workgroups(rows.count),
            cost: Cost(
                flops: 2 * rows.count * columns, bytesRead: 4 * rows.count * columns,
                bytesWritten: 4 * rows.count * (1 + panels.count * HalfPanels.words)),
            shape: "(\(rows.count), \(columns))")
    }
}
