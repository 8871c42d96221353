/// Rows in aligned columns, two spaces apart, without spaces at their ends.
struct TextRenderer: TableRenderer {
    var isHeaded = true
    var indent = "  "
    var isForPeople: Bool { true }

    func start(_ heads: [ColumnHead], first: [Value]) -> String {
        isHeaded ? line(heads, heads.map { $0.title ?? "" }) : ""
    }

    func row(_ heads: [ColumnHead], _ cells: [Value], isFirst: Bool) -> String {
        line(heads, cells.map { $0.shown() })
    }

    private func line(_ heads: [ColumnHead], _ cells: [String]) -> String {
        var line = indent + zip(heads, cells).map { $0.padded($1) }.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }
}
