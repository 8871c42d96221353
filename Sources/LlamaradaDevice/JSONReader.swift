/// Reads JSON (RFC 8259) as far as telling whether it is some, and what its objects' texts are.
struct JSONReader {
    /// A value; of numbers, lists and words only that they are there.
    enum Value {
        case object([String: Value])
        case string([UInt8])
        case other
    }

    private let text: [UInt8]
    private var position = 0
    /// Deeper than any description is nested, shallow enough for any stack.
    private static let largestDepth = 32

    init(_ text: [UInt8]) {
        // Some editors put a byte order mark first, which loaders accept.
        self.text = text.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(text.dropFirst(3)) : text
    }

    /// The value that the text begins with, or nil where that is not JSON; what follows, loaders do not mind.
    mutating func document() -> Value? { value(depth: 0) }

    private mutating func value(depth: Int) -> Value? {
        skipSpace()
        guard depth < Self.largestDepth, position < text.count else { return nil }
        switch text[position] {
        case UInt8(ascii: "{"): return object(depth: depth + 1)
        case UInt8(ascii: "["): return list(depth: depth + 1)
        case UInt8(ascii: "\""): return string().map { .string($0) }
        default: return word()
        }
    }

    private mutating func object(depth: Int) -> Value? {
        var members: [String: Value] = [:]
        position += 1
        if take("}") { return .object(members) }
        repeat {
            skipSpace()
            guard let name = string(), take(":"), let value = value(depth: depth) else { return nil }
            members[String(decoding: name, as: UTF8.self)] = value
        } while take(",")
        return take("}") ? .object(members) : nil
    }

    private mutating func list(depth: Int) -> Value? {
        position += 1
        if take("]") { return .other }
        repeat { if value(depth: depth) == nil { return nil } } while take(",")
        return take("]") ? .other : nil
    }

    /// A text; `\u` escapes stay as they are written, since no file's name has them.
    private mutating func string() -> [UInt8]? {
        guard position < text.count, text[position] == UInt8(ascii: "\"") else { return nil }
        position += 1
        var bytes: [UInt8] = []
        while position < text.count {
            let byte = text[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return bytes
            case UInt8(ascii: "\\"):
                guard position < text.count else { return nil }
                if text[position] == UInt8(ascii: "u") { bytes.append(byte) }
                bytes.append(text[position])
                position += 1
            default: bytes.append(byte)
            }
        }
        return nil
    }

    /// A number, `true`, `false` or `null`.
    private mutating func word() -> Value? {
        let start = position
        while position < text.count, !Array(" \t\r\n,:]}[{\"".utf8).contains(text[position]) { position += 1 }
        let word = String(decoding: text[start..<position], as: UTF8.self)
        return ["true", "false", "null"].contains(word) || Double(word) != nil ? .other : nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[position]) { position += 1 }
    }
}
