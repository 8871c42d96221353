package import LlamaradaErrors

/// Reads a whole JSON document of untrusted bytes: UTF-8, no name twice in an object, nothing behind the document.
package struct JSONParser {
    /// Why the bytes are no such document.
    package struct SyntaxError: Error {
        /// The byte at which the parser gave up.
        package var position: Int
        /// What should be there.
        package var expected: String
    }

    /// Deeper than any header is nested, shallow enough for any stack.
    private static let headerDepth = 32

    private let bytes: [UInt8]
    fileprivate var position = 0
    private let largestDepth: Int
    /// Whether a name may come again in an object, whose last value counts.
    private let allowsRepeats: Bool

    init(_ bytes: [UInt8], largestDepth: Int = headerDepth, allowsRepeats: Bool = false) {
        self.allowsRepeats = allowsRepeats
        self.bytes = bytes
        self.largestDepth = largestDepth
    }

    mutating func document() throws(SyntaxError) -> JSONValue {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw wanted("nothing behind the document") }
        return value
    }

    fileprivate mutating func value(depth: Int) throws(SyntaxError) -> JSONValue {
        skipSpace()
        guard depth < largestDepth else { throw wanted("at most \(largestDepth) levels") }
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try list(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        default: return try word()
        }
    }

    private mutating func object(depth: Int) throws(SyntaxError) -> JSONValue {
        var members: [JSONValue.Member] = []
        // Byte by byte, because texts that differ only in how an accent is written are equal.
        var places: [[UInt8]: Int] = [:]
        position += 1
        if take("}") { return .object([]) }
        repeat {
            skipSpace()
            let start = position
            let name = try string()
            let known = places[Array(name.utf8)]
            guard known == nil || allowsRepeats else {
                position = start
                throw wanted("every name once, found \(name.quoted()) again")
            }
            guard take(":") else { throw wanted("':'") }
            let value = try value(depth: depth)
            if let known {
                members[known].value = value
            } else {
                places[Array(name.utf8)] = members.count
                members.append(.init(name, value))
            }
        } while take(",")
        guard take("}") else { throw wanted("',' or '}'") }
        return .object(members)
    }

    private mutating func list(depth: Int) throws(SyntaxError) -> JSONValue {
        var elements: [JSONValue] = []
        position += 1
        if take("]") { return .array([]) }
        repeat { elements.append(try value(depth: depth)) } while take(",")
        guard take("]") else { throw wanted("',' or ']'") }
        return .array(elements)
    }

    private mutating func string() throws(SyntaxError) -> String {
        let start = position
        guard next == UInt8(ascii: "\"") else { throw wanted("a text") }
        position += 1
        var text: [UInt8] = []
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw wanted("no control character in a text") }
            position += 1
            if byte == UInt8(ascii: "\\") { text += String(try escaped()).utf8 } else { text.append(byte) }
        }
        guard next != nil else { throw wanted("'\"'") }
        position += 1
        if let text = String(validating: text, as: UTF8.self) { return text }
        position = start
        throw wanted("a text of UTF-8")
    }

    /// What an escape behind its backslash stands for.
    private mutating func escaped() throws(SyntaxError) -> Character {
        guard let byte = next else { throw wanted("an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Character(Unicode.Scalar(byte))
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return Character(try codePoint())
        default: throw wanted("an escape of JSON")
        }
    }

    /// The code point of `XXXX`, or of `XXXX\uXXXX` for one that UTF-16 writes as two.
    private mutating func codePoint() throws(SyntaxError) -> Unicode.Scalar {
        var number = try fourDigits()
        if 0xD800..<0xDC00 ~= number, bytes[position...].starts(with: "\\u".utf8) {
            position += 2
            let low = try fourDigits()
            guard 0xDC00..<0xE000 ~= low else { throw wanted("the second half of a code point") }
            number = 0x10000 + (number - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(number) else { throw wanted("a code point") }
        return scalar
    }

    private mutating func fourDigits() throws(SyntaxError) -> UInt32 {
        let digits = bytes[position...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw wanted("four hexadecimal digits") }
        position += 4
        return number
    }

    /// A number, `true`, `false` or `null`.
    private mutating func word() throws(SyntaxError) -> JSONValue {
        let start = position
        let word = String(decoding: bytes[start...].prefix(while: Self.isWord), as: UTF8.self)
        switch word {
        case "true": position += 4; return .bool(true)
        case "false": position += 5; return .bool(false)
        case "null": position += 4; return .null
        default: break
        }
        guard let first = word.utf8.first, Self.numberStart.contains(first) else { throw wanted("a value") }
        guard Self.isNumber(word.utf8) else { throw wanted("a number") }
        if let integer = Int(word) {
            position += word.utf8.count
            return .integer(integer)
        }
        guard let number = Double(word), number.isFinite else { throw wanted("a number") }
        position += word.utf8.count
        return .number(number)
    }

    private static let numberStart = Set("-0123456789".utf8)

    /// Whether this is a number as RFC 8259 has it: without zeros ahead, and with digits on both sides of its point.
    private static func isNumber(_ word: String.UTF8View) -> Bool {
        var rest = word[...]
        func take(_ bytes: String) -> Bool {
            guard let byte = rest.first, bytes.utf8.contains(byte) else { return false }
            rest.removeFirst()
            return true
        }
        func takeDigits() -> Bool {
            let digits = rest.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
            rest = rest.dropFirst(digits.count)
            return !digits.isEmpty
        }
        _ = take("-")
        guard take("0") || takeDigits() else { return false }
        if take("."), !takeDigits() { return false }
        if take("eE") {
            _ = take("+-")
            guard takeDigits() else { return false }
        }
        return rest.isEmpty
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private func wanted(_ expected: String) -> SyntaxError { SyntaxError(position: position, expected: expected) }
}

extension JSONValue {
    /// Reads bytes, whose number the caller has bounded, as a document.
    ///
    /// - Parameter largestDepth: most lists and objects in each other; a hundred fit any stack.
    package init(_ bytes: [UInt8], largestDepth: Int = 32) throws(JSONParser.SyntaxError) {
        var parser = JSONParser(bytes, largestDepth: largestDepth)
        self = try parser.document()
    }

    /// Reads the value that begins at a position of some bytes, whatever follows; `end` is the position behind it.
    ///
    /// - Parameters:
    ///   - largestDepth: most lists and objects in each other; a hundred fit any stack.
    ///   - allowsRepeats: whether a name may come again in an object, whose last value counts.
    package static func leading(
        _ bytes: [UInt8], from start: Int, largestDepth: Int = 32, allowsRepeats: Bool = false
    ) throws(JSONParser.SyntaxError) -> (value: JSONValue, end: Int) {
        var parser = JSONParser(bytes, largestDepth: largestDepth, allowsRepeats: allowsRepeats)
        parser.position = start
        return (try parser.value(depth: 0), parser.position)
    }

    /// Reads a part of a file, whose size the caller has bounded, as a document.
    ///
    /// Throws `CheckpointError` naming the byte where the file is no JSON.
    package init(_ source: any ByteSource, range: Range<Int>) throws(CheckpointError) {
        let target = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count, alignment: 1)
        defer { target.deallocate() }
        try source.read(into: target, at: range.lowerBound)
        var parser = JSONParser(Array(target))
        do throws(JSONParser.SyntaxError) {
            self = try parser.document()
        } catch {
            throw CheckpointError(
                .invalid, file: source.name,
                problem: "byte \(range.lowerBound + error.position): expected \(error.expected)",
                remedy: CheckpointError.writeAgain)
        }
    }
}

extension CheckpointError {
    /// The remedy for a file of one's own making whose bytes can't be right.
    package static let writeAgain = Remedy.other("The file is damaged or incomplete: write it again")
}
