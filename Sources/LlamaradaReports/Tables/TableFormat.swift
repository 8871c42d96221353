/// How rows are written that come one by one.
package enum TableFormat: String, CaseIterable, Sendable {
    /// Aligned columns.
    case text
    /// A Markdown table.
    case md
    /// RFC 4180.
    case csv
    /// One JSON array.
    case json
    /// One JSON object a line.
    case jsonl
    /// Statements that sqlite3 takes.
    case sql

    /// - Parameters:
    ///   - name: what the table is called, where the format has names.
    func renderer(_ name: String) -> any TableRenderer {
        switch self {
        case .text: TextRenderer(indent: "")
        case .md: MarkdownRenderer()
        case .csv: CSVRenderer()
        case .json: JSONRenderer(isArray: true)
        case .jsonl: JSONRenderer(isArray: false)
        case .sql: SQLRenderer(table: name)
        }
    }
}

/// One way to write a table, row by row, since a row may take minutes to measure.
protocol TableRenderer {
    /// Whether people read it: they get the columns that have titles, programs those that have keys.
    var isForPeople: Bool { get }
    /// What stands before the first row.
    func start(_ heads: [ColumnHead], first: [Value]) -> String
    /// One row.
    func row(_ heads: [ColumnHead], _ cells: [Value], isFirst: Bool) -> String
    /// What follows the last row.
    func end(isEmpty: Bool) -> String
}

extension TableRenderer {
    func end(isEmpty: Bool) -> String { "" }
}

/// Writes a table's rows as they come.
package struct TableStream<Row> {
    private let renderer: any TableRenderer
    private let columns: [Column<Row>]
    private var isEmpty = true

    /// - Parameters:
    ///   - name: what the table is called, where the format has names.
    package init(_ table: Table<Row>, format: TableFormat, name: String = "report") {
        let renderer = format.renderer(name)
        self.renderer = renderer
        columns = table.columns.filter { renderer.isForPeople ? $0.head.title != nil : $0.head.key != nil }
    }

    /// The text of one more row.
    package mutating func add(_ row: Row) -> String {
        defer { isEmpty = false }
        let (heads, cells) = (columns.map(\.head), columns.map { $0.value(row) })
        return (isEmpty ? renderer.start(heads, first: cells) : "")
            + renderer.row(heads, cells, isFirst: isEmpty)
    }

    /// What follows the last row.
    package var end: String { renderer.end(isEmpty: isEmpty) }
}
