/// One column of a report's table: described once, whatever the table is written as.
package struct Column<Row>: Sendable {
    /// What renderers know of the column.
    let head: ColumnHead
    /// The cell of a row.
    let value: @Sendable (Row) -> Value
    /// HTML before the cell's text on pages.
    var markup: (@Sendable (Row) -> String)?

    /// A column of every format; without `key` it is for people alone.
    ///
    /// - Parameters:
    ///   - title: the head for people.
    ///   - key: the name for programs, in snake_case.
    ///   - width: of the cells where rows are printed as they come; otherwise that of the widest cell.
    package init(
        _ title: String, key: String? = nil, _ alignment: ColumnHead.Alignment = .right, width: Int? = nil,
        value: @escaping @Sendable (Row) -> Value
    ) {
        head = ColumnHead(title: title, key: key, alignment: alignment, width: width)
        self.value = value
    }

    /// A column for programs alone.
    package init(key: String, value: @escaping @Sendable (Row) -> Value) {
        head = ColumnHead(title: nil, key: key, alignment: .left, width: nil)
        self.value = value
    }

    /// The column with HTML before the text of its cells on pages.
    package func marked(_ markup: @escaping @Sendable (Row) -> String) -> Column {
        var column = self
        column.markup = markup
        return column
    }
}

/// What renderers know of a column.
package struct ColumnHead: Sendable {
    /// The side that cells align to.
    package enum Alignment: Sendable { case left, right }

    /// The head for people; nil hides the column from them.
    let title: String?
    /// The name for programs; nil hides the column from them.
    let key: String?
    let alignment: Alignment
    var width: Int?

    /// What selections call the column.
    var name: String { key ?? title ?? "" }

    /// A cell's text, filled up with spaces to the column's width.
    func padded(_ text: String) -> String {
        let gap = String(repeating: " ", count: max(0, (width ?? 0) - text.count))
        return alignment == .left ? text + gap : gap + text
    }
}
