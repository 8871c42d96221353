import ArgumentParser

/// How rows of measurements are printed.
enum RowFormat: String, ExpressibleByArgument, CaseIterable {
    case md, csv, json, jsonl, sql
}

/// Rows of named values as CSV (RFC 4180), a JSON array, JSON lines, or SQL that sqlite3 takes; row by row, since a row
/// may take minutes to measure.
struct RowWriter {
    typealias Fields = [(key: String, value: JSON)]

    let format: RowFormat
    let table: String
    private var isEmpty = true

    init(format: RowFormat, table: String) {
        self.format = format
        self.table = table
    }

    /// The text of one more row. Arrays go to JSON alone.
    mutating func add(_ fields: Fields) -> String {
        defer { isEmpty = false }
        let scalars = fields.filter { if case .array = $0.value { false } else { true } }
        switch format {
        case .md, .csv:
            let header = isEmpty ? scalars.map(\.key).joined(separator: ",") + "\n" : ""
            return header + scalars.map { Self.csv($0.value) }.joined(separator: ",") + "\n"
        case .json: return (isEmpty ? "[\n" : ",\n") + JSON.object(fields).text
        case .jsonl: return JSON.object(fields).text + "\n"
        case .sql:
            let columns = scalars.map(\.key).joined(separator: ", ")
            return (isEmpty ? create(scalars) : "") + "INSERT INTO \(table) (\(columns)) VALUES ("
                + scalars.map { Self.sql($0.value) }.joined(separator: ", ") + ");\n"
        }
    }

    /// What follows the last row.
    var end: String { format == .json ? (isEmpty ? "[]\n" : "\n]\n") : "" }

    private func create(_ fields: Fields) -> String {
        let columns = fields.map { "  \($0.key) \(Self.type($0.value))" }.joined(separator: ",\n")
        return "CREATE TABLE IF NOT EXISTS \(table) (\n\(columns)\n);\n"
    }

    private static func type(_ value: JSON) -> String {
        switch value {
        case .integer, .bool: "INTEGER"
        // What can be missing are numbers.
        case .number, .null: "REAL"
        case .string, .array, .object: "TEXT"
        }
    }

    private static func plain(_ value: JSON) -> String {
        switch value {
        case .string(let text): text
        case .bool(let flag): flag ? "1" : "0"
        case .null: ""
        default: value.text
        }
    }

    private static func csv(_ value: JSON) -> String {
        "\"" + plain(value).split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    private static func sql(_ value: JSON) -> String {
        switch value {
        case .null: "NULL"
        case .bool, .integer: plain(value)
        case .number: value.text == "null" ? "NULL" : value.text
        default:
            "'" + plain(value).split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
        }
    }
}
