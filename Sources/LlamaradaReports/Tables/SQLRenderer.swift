/// Statements that make a table and fill it; what is nested is left out.
struct SQLRenderer: TableRenderer {
    let table: String
    var isForPeople: Bool { false }

    func start(_ heads: [ColumnHead], first: [Value]) -> String {
        let columns = zip(heads, first).filter { !$1.isNested }.map { "  \($0.name) \($1.sqlType)" }
        return "CREATE TABLE IF NOT EXISTS \(table) (\n\(columns.joined(separator: ",\n"))\n);\n"
    }

    func row(_ heads: [ColumnHead], _ cells: [Value], isFirst: Bool) -> String {
        let scalars = zip(heads, cells).filter { !$1.isNested }
        let (names, values) = (scalars.map { $0.0.name }, scalars.map { $0.1.sql })
        return "INSERT INTO \(table) (\(names.joined(separator: ", "))) "
            + "VALUES (\(values.joined(separator: ", ")));\n"
    }
}

extension Value {
    fileprivate var sqlType: String {
        switch self {
        case .integer, .flag: "INTEGER"
        // What can be missing are numbers.
        case .number, .missing: "REAL"
        case .text, .nested: "TEXT"
        }
    }

    fileprivate var sql: String {
        switch self {
        case .missing: "NULL"
        case .flag, .integer: plain
        case .number: plain == "null" ? "NULL" : plain
        case .text, .nested: "'\(plain.replacing("'", by: "''"))'"
        }
    }
}
