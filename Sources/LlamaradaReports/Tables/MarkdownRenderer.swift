/// A table as Markdown, its cells padded so that it reads well as text too.
struct MarkdownRenderer: TableRenderer {
    var isForPeople: Bool { true }

    func start(_ heads: [ColumnHead], first: [Value]) -> String {
        let rules = heads.map { head in
            let dashes = String(repeating: "-", count: max(3, head.width ?? 0))
            return head.alignment == .left ? " \(dashes) " : " \(dashes):"
        }
        return line(heads, heads.map { $0.title ?? "" }) + "|" + rules.map { $0 + "|" }.joined() + "\n"
    }

    func row(_ heads: [ColumnHead], _ cells: [Value], isFirst: Bool) -> String {
        line(heads, cells.map { $0.shown("") })
    }

    private func line(_ heads: [ColumnHead], _ cells: [String]) -> String {
        // A bar would end the cell.
        let padded = zip(heads, cells).map { $0.padded($1.replacing("|", by: "\\|")) }
        return "|" + padded.map { " \($0) |" }.joined() + "\n"
    }
}
