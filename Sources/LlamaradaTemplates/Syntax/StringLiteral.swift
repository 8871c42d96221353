/// Escapes in strings, as Python's: https://docs.python.org/3/reference/lexical_analysis.html#escape-sequences
enum StringLiteral {
    private static let simple: [UInt8: [UInt8]] = [
        UInt8(ascii: "\n"): [], UInt8(ascii: "\\"): [UInt8(ascii: "\\")], UInt8(ascii: "'"): [UInt8(ascii: "'")],
        UInt8(ascii: "\""): [UInt8(ascii: "\"")], UInt8(ascii: "a"): [7], UInt8(ascii: "b"): [8],
        UInt8(ascii: "f"): [12], UInt8(ascii: "n"): [10], UInt8(ascii: "r"): [13], UInt8(ascii: "t"): [9],
        UInt8(ascii: "v"): [11],
    ]

    private static let widths: [UInt8: Int] = [UInt8(ascii: "x"): 2, UInt8(ascii: "u"): 4, UInt8(ascii: "U"): 8]

    /// The text that a literal without its quotes stands for.
    static func unescaped(_ literal: ArraySlice<UInt8>, line: Int) throws(TemplateError) -> TemplateText {
        guard literal.contains(UInt8(ascii: "\\")) else { return TemplateText(bytes: literal) }
        var result: [UInt8] = []
        var rest = literal
        while let first = rest.popFirst() {
            guard first == UInt8(ascii: "\\"), let letter = rest.popFirst() else {
                result.append(first)
                continue
            }
            if let bytes = simple[letter] {
                result += bytes
            } else if let width = widths[letter] {
                let digits = rest.prefix(width)
                guard digits.count == width, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                    let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16), code <= 0x10FFFF
                else { throw TemplateError(.syntax, "an escape sequence in a string is cut short", line: line) }
                result += encoded(code)
                rest = rest.dropFirst(width)
            } else if (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(letter) {
                rest = literal[(rest.startIndex - 1)...]
                let digits = rest.prefix(3).prefix { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
                result += encoded(digits.reduce(0) { $0 * 8 + UInt32($1 - UInt8(ascii: "0")) })
                rest = rest.dropFirst(digits.count)
            } else if letter == UInt8(ascii: "N") {
                throw TemplateError(.unsupported, "characters by their names in strings", line: line)
            } else {
                result += [first, letter]
            }
        }
        return TemplateText(bytes: result)
    }

    /// A code point in UTF-8; halves of surrogate pairs, which no text can hold, become U+FFFD.
    private static func encoded(_ code: UInt32) -> [UInt8] {
        Array(Unicode.Scalar(code).flatMap { UTF8.encode($0) } ?? UTF8.encodedReplacementCharacter)
    }
}
