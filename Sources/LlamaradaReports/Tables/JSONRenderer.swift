/// An array of objects, one a line, or the lines alone (JSON lines).
struct JSONRenderer: TableRenderer {
    let isArray: Bool
    var isForPeople: Bool { false }

    func start(_ heads: [ColumnHead], first: [Value]) -> String { isArray ? "[\n" : "" }

    func row(_ heads: [ColumnHead], _ cells: [Value], isFirst: Bool) -> String {
        let object = JSON.object(zip(heads, cells).map { ($0.name, $1.json) }).text
        return isArray ? (isFirst ? "" : ",\n") + object : object + "\n"
    }

    func end(isEmpty: Bool) -> String { isArray ? (isEmpty ? "[]\n" : "\n]\n") : "" }
}
