/// Comma-separated values as RFC 4180 has them, every one quoted; what is nested is left out.
struct CSVRenderer: TableRenderer {
    var isForPeople: Bool { false }

    func start(_ heads: [ColumnHead], first: [Value]) -> String {
        zip(heads, first).filter { !$1.isNested }.map { head, _ in head.name }.joined(separator: ",") + "\n"
    }

    func row(_ heads: [ColumnHead], _ cells: [Value], isFirst: Bool) -> String {
        cells.filter { !$0.isNested }.map { "\"\($0.plain.replacing("\"", by: "\"\""))\"" }.joined(separator: ",")
            + "\n"
    }
}

extension Value {
    /// The value without quotes: a flag is 0 or 1, nothing is empty.
    var plain: String {
        switch self {
        case .missing: ""
        case .text(let text): text
        case .flag(let flag, _, _): flag ? "1" : "0"
        default: json.text
        }
    }
}
