/// Rows of text in aligned columns, two spaces apart and indented by two.
struct TextTable {
    enum Side { case left, right }

    let sides: [Side]
    private var rows: [[String]] = []

    /// A table whose columns align to these sides.
    init(_ sides: [Side]) { self.sides = sides }

    /// Adds a row with one cell a column.
    mutating func add(_ cells: String...) {
        precondition(cells.count == sides.count, "a row of \(cells.count) cells in a table of \(sides.count)")
        rows.append(cells)
    }

    /// The lines, each ended, without spaces at their ends.
    var text: String {
        let widths = sides.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let gap = String(repeating: " ", count: widths[column] - cell.count)
                line += "  " + (sides[column] == .left ? cell + gap : gap + cell)
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
