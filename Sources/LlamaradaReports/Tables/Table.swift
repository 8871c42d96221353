/// A table's columns, from which every way of writing it follows.
package struct Table<Row>: Sendable {
    let columns: [Column<Row>]

    /// A table of these columns, in the order that programs see.
    package init(_ columns: [Column<Row>]) { self.columns = columns }

    /// The columns of these names, keys or else titles, in this order; names that no column has are left out.
    package func selecting(_ names: [String]) -> Table {
        Table(names.compactMap { name in columns.first { $0.head.name == name } })
    }

    /// Rows for people, in columns as wide as their widest cell.
    package func text(_ rows: [Row], headed: Bool = true) -> String {
        let shown = columns.filter { $0.head.title != nil }
        let cells = rows.map { row in shown.map { $0.value(row) } }
        let heads = shown.enumerated().map { index, column in
            var head = column.head
            let widest = cells.map { $0[index].shown().count }.max() ?? 0
            head.width = max(widest, headed ? head.title?.count ?? 0 : 0)
            return head
        }
        let renderer = TextRenderer(isHeaded: headed)
        return (cells.isEmpty ? "" : renderer.start(heads, first: cells[0]))
            + cells.map { renderer.row(heads, $0, isFirst: false) }.joined()
    }

    /// A line for each column of one row: its title, and the value.
    package func lines(_ row: Row) -> String {
        let facts = columns.compactMap { column in column.head.title.map { ($0, column.value(row)) } }
        return Table<(String, Value)>([
            Column("", .left) { .text($0.0) }, Column("", .left) { $0.1 },
        ]).text(facts, headed: false)
    }

    /// Rows as an array of objects.
    package func json(_ rows: [Row]) -> JSON { .array(rows.map(json)) }

    /// One row as an object.
    package func json(_ row: Row) -> JSON {
        .object(columns.compactMap { column in column.head.key.map { ($0, column.value(row).json) } })
    }

    /// Rows as an HTML table that scripts can sort.
    ///
    /// - Parameters:
    ///   - rowClass: the CSS class of a row, if any.
    package func html(_ rows: [Row], rowClass: (Row) -> String? = { _ in nil }) -> String {
        let shown = columns.filter { $0.head.title != nil }
        let renderer = HTMLRenderer()
        let body = rows.map { row in
            renderer.row(
                shown.map(\.head), shown.map { $0.value(row) }, markup: shown.map { $0.markup?(row) ?? "" },
                rowClass: rowClass(row))
        }
        return renderer.table(shown.map(\.head), body)
    }
}

/// Facts with their names, a line each.
package enum Facts {
    /// The lines, the facts below each other.
    package static func text(_ facts: [(name: String, value: String)]) -> String {
        Table<Void>(facts.map { fact in Column(fact.name, .left) { .text(fact.value) } }).lines(())
    }
}
