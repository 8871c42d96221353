/// A table for pages. Cells of numbers carry the number in `data-order`, for the toolkit's sorting.
struct HTMLRenderer {
    /// The whole table around its rows.
    func table(_ heads: [ColumnHead], _ rows: [String]) -> String {
        let titles = heads.map { "<th\(side($0))>\(($0.title ?? "").escapedForHTML)</th>" }.joined()
        return "<table><thead><tr>\(titles)</tr></thead><tbody>\n\(rows.joined(separator: "\n"))\n</tbody></table>"
    }

    /// One row; `markup` is HTML that comes before each cell's text.
    func row(_ heads: [ColumnHead], _ cells: [Value], markup: [String], rowClass: String?) -> String {
        let row = zip(zip(heads, cells), markup).map { cell, markup in
            "<td\(side(cell.0))\(order(cell.1))>\(markup)\(cell.1.shown().escapedForHTML)</td>"
        }
        return "<tr\(rowClass.map { " class=\"\($0.escapedForHTML)\"" } ?? "")>\(row.joined())</tr>"
    }

    private func side(_ head: ColumnHead) -> String { head.alignment == .left ? " class=\"text\"" : "" }

    private func order(_ value: Value) -> String { value.order.map { " data-order=\"\($0)\"" } ?? "" }
}
