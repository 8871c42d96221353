import LlamaradaTensors

/// A schema's document: its subschemas by number, and what they refer to.
struct SchemaDocument {
    /// A subschema.
    struct Node {
        /// Its place, as a JSON pointer.
        var pointer: String
        var value: JSONValue
    }

    private let root: JSONValue
    private(set) var nodes: [Node] = []
    private var numbers: [String: Int] = [:]

    init(_ root: JSONValue) { self.root = root }

    /// The number of a subschema.
    mutating func number(_ pointer: String, _ value: JSONValue) -> Int {
        if let known = numbers[pointer] { return known }
        nodes.append(Node(pointer: pointer, value: value))
        numbers[pointer] = nodes.count - 1
        return nodes.count - 1
    }

    /// The whole schema.
    mutating func rootNumber() -> Int { number("", root) }

    /// What lies under some names of a subschema.
    mutating func child(_ node: Int, _ names: String..., value: JSONValue) -> Int {
        number(nodes[node].pointer + names.map { "/" + Self.escaped($0) }.joined(), value)
    }

    static func escaped(_ name: String) -> String {
        name.replacing("~", with: "~0").replacing("/", with: "~1")
    }

    /// The subschema that a reference names.
    ///
    /// - Throws: `GrammarError` where it lies in another document or is not there.
    mutating func resolve(_ reference: String, from node: Int) throws(GrammarError) -> Int {
        let pointer = nodes[node].pointer
        guard reference.hasPrefix("#") else {
            throw .schema(
                .unsupported, pointer,
                "keyword '$ref': \(reference.inQuotes()) lies outside of the schema; only '#/…' is supported")
        }
        let path = Self.decoded(reference.dropFirst())
        if path.isEmpty { return rootNumber() }
        guard path.hasPrefix("/") else {
            throw .schema(
                .unsupported, pointer, "keyword '$ref': names such as \(reference.inQuotes()) are not supported")
        }
        var value = root
        for part in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            let name = String(part).replacing("~1", with: "/").replacing("~0", with: "~")
            let next: JSONValue?
            if let elements = value.elements {
                next = Int(name).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
            } else {
                next = value[name]
            }
            guard let next else {
                throw .schema(.syntax, pointer, "keyword '$ref': \(reference.inQuotes()) is not in the schema")
            }
            value = next
        }
        return number(path, value)
    }

    /// Percent-encoded bytes as they are.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
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
        return String(decoding: bytes, as: UTF8.self)
    }
}
