import LlamaradaTensors

/// A schema's document: its subschemas by number, and what they refer to.
struct SchemaDocument {
    /// A subschema.
    struct Node {
        var pointer: SchemaPlace
        var value: JSONValue
    }

    private struct Key: Hashable {
        var outer: Int
        var name: ExactText
    }

    /// The number of the whole schema.
    static let root = 0

    private(set) var nodes: [Node]
    private var numbers: [Key: Int] = [:]
    /// Those of which everything that lies in them has a number.
    private var indexed: Set<Int> = []

    init(_ root: JSONValue) { nodes = [Node(pointer: SchemaPlace(), value: root)] }

    /// A subschema that is nowhere written.
    mutating func add(_ value: JSONValue) -> Int {
        nodes.append(Node(pointer: nodes[Self.root].pointer, value: value))
        return nodes.count - 1
    }

    /// What lies under a keyword of a subschema.
    mutating func child(_ node: Int, _ keyword: String, value: @autoclosure () -> JSONValue) -> Int {
        let key = Key(outer: node, name: ExactText(keyword))
        if let known = numbers[key] { return known }
        nodes.append(Node(pointer: SchemaPlace(keyword, in: nodes[node].pointer), value: value()))
        numbers[key] = nodes.count - 1
        return nodes.count - 1
    }

    /// What lies under a name, or in a list, under a keyword of a subschema.
    mutating func child(_ node: Int, _ keyword: String, _ name: String, value: JSONValue) -> Int {
        let outer = nodes[node].value
        return child(child(node, keyword, value: outer[keyword] ?? .null), name, value: value)
    }

    /// The subschema that a reference names.
    ///
    /// - Throws: `GrammarError` where it lies in another document or is not there.
    mutating func resolve(_ reference: String, from node: Int) throws(GrammarError) -> Int {
        let pointer = nodes[node].pointer
        guard reference.utf8.first == UInt8(ascii: "#") else {
            throw .schema(
                .unsupported, pointer,
                "keyword '$ref': \(reference.inQuotes()) lies outside of the schema; only '#/…' is supported")
        }
        let path = Self.decoded(reference.utf8.dropFirst())
        if path.isEmpty { return Self.root }
        guard path.first == UInt8(ascii: "/") else {
            throw .schema(
                .unsupported, pointer, "keyword '$ref': names such as \(reference.inQuotes()) are not supported")
        }
        var found = Self.root
        for part in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            index(found)
            guard let next = numbers[Key(outer: found, name: ExactText(Self.name(part)))] else {
                throw .schema(.syntax, pointer, "keyword '$ref': \(reference.inQuotes()) is not in the schema")
            }
            found = next
        }
        return found
    }

    /// Gives numbers to everything that lies in a subschema.
    private mutating func index(_ node: Int) {
        guard indexed.insert(node).inserted else { return }
        let value = nodes[node].value
        for member in value.members ?? [] { _ = child(node, member.name, value: member.value) }
        for (place, element) in (value.elements ?? []).enumerated() { _ = child(node, "\(place)", value: element) }
    }

    /// A name in a JSON pointer, where `~1` is `/` and `~0` is `~`.
    private static func name(_ part: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        var rest = part
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "~"), let next = rest.first, "01".utf8.contains(next) {
                rest.removeFirst()
                bytes.append(UInt8(ascii: next == UInt8(ascii: "0") ? "~" : "/"))
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Percent-encoded bytes as they are.
    private static func decoded(_ text: Substring.UTF8View) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
