extension Lexer {
    /// Two-letter operators come first.
    private static let signs = [
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=",
        ".", ":", "|", ",", ";",
    ].map { (text: $0, bytes: Array($0.utf8)) }

    private static let longestName = 1000

    private static let closing = ["(": ")", "[": "]", "{": "}"]

    /// Reads everything between `{{` and `}}` or `{%` and `%}`.
    mutating func readTag(_ begin: Token.Kind, _ end: Token.Kind) throws(TemplateError) {
        add(begin)
        let letter = UInt8(ascii: end == .blockEnd ? "%" : "}")
        // Closing brackets that are due: "}}" ends no tag while a dictionary is open.
        var due: [String] = []
        while true {
            skipSpace()
            countLines(to: position)
            if due.isEmpty, let sign = takesEnd(letter, plus: end == .blockEnd) {
                add(end)
                return end == .blockEnd ? skipBehindBlock(sign: sign) : skipBehindOutput(sign: sign)
            }
            guard let first = byte(position) else { throw error("unexpected end of template in a tag") }
            switch first {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): try readNumber()
            case UInt8(ascii: "'"), UInt8(ascii: "\""): try readString(quote: first)
            case _ where Self.isNamePart(first): try readName()
            default: try readSign(&due)
            }
        }
    }

    private mutating func readSign(_ due: inout [String]) throws(TemplateError) {
        guard let sign = Self.signs.first(where: { bytes[position...].starts(with: $0.bytes) }) else {
            throw error("unexpected char \(shown(bytes[position]))")
        }
        position += sign.bytes.count
        if let close = Self.closing[sign.text] {
            due.append(close)
        } else if [")", "]", "}"].contains(sign.text) {
            guard let expected = due.popLast() else { throw error("unexpected '\(sign.text)'") }
            guard expected == sign.text else { throw error("unexpected '\(sign.text)', expected '\(expected)'") }
        }
        add(.sign(sign.text))
    }

    private func shown(_ byte: UInt8) -> String {
        (0x20..<0x7F).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "\\x\(String(byte, radix: 16))"
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }

    private mutating func readName() throws(TemplateError) {
        let end = bytes[position...].firstIndex { !Self.isNamePart($0) } ?? bytes.count
        let name = TemplateText(bytes: bytes[position..<end])
        // Looking for a name is a single step.
        guard name.bytes.count <= Self.longestName else {
            throw TemplateError(.limit, "a name of more than \(Self.longestName) bytes", line: line)
        }
        let isIdentifier = name.bytes.allSatisfy { $0 < 0x80 } || name.scalars.allSatisfy(\.properties.isXIDContinue)
        guard isIdentifier else { throw error("Invalid character in identifier") }
        position = end
        add(.name(name))
    }

    /// An integer of base 2, 8, 10 or 16, or a number with a fraction or an exponent; digits may be grouped by "_".
    private mutating func readNumber() throws(TemplateError) {
        let prefix = byte(position + 1).map { $0 | 0x20 }
        let bases: [UInt8: Int] = [UInt8(ascii: "b"): 2, UInt8(ascii: "o"): 8, UInt8(ascii: "x"): 16]
        if byte(position) == UInt8(ascii: "0"), let prefix, let radix = bases[prefix],
            !digits(from: position + 2, radix: radix).isEmpty
        {
            let digits = digits(from: position + 2, radix: radix)
            position = digits.endIndex
            return try addInteger(digits, radix: radix)
        }
        let whole = digits(from: position, radix: 10)
        var end = whole.endIndex
        if byte(end) == UInt8(ascii: "."), tokens.last?.kind != .sign(".") {
            let fraction = digits(from: end + 1, radix: 10)
            if !fraction.isEmpty { end = fraction.endIndex }
        }
        end = endOfExponent(from: end)
        position = end
        guard end > whole.endIndex else {
            // An integer that begins with 0 is 0: what follows is another number, and no Jinja.
            let zeros = whole.prefix { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: "_") }
            let integer = zeros.isEmpty ? whole : zeros
            position = integer.endIndex
            return try addInteger(integer, radix: 10)
        }
        let text = String(decoding: bytes[whole.startIndex..<end].filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
        guard let number = Double(text) else { throw error("'\(text)' is no number") }
        add(.double(number))
    }

    private func endOfExponent(from place: Int) -> Int {
        guard let letter = byte(place), letter | 0x20 == UInt8(ascii: "e") else { return place }
        let hasSign = byte(place + 1).map(Self.isSign) == true
        let exponent = digits(from: place + (hasSign ? 2 : 1), radix: 10)
        return exponent.isEmpty ? place : exponent.endIndex
    }

    /// Digits from there on, with single "_" between them.
    private func digits(from start: Int, radix: Int) -> ArraySlice<UInt8> {
        func isDigit(_ place: Int) -> Bool {
            byte(place).flatMap { Character(Unicode.Scalar($0)).hexDigitValue }.map { $0 < radix } ?? false
        }
        var end = start
        while isDigit(end) || byte(end) == UInt8(ascii: "_") && end > start && isDigit(end + 1) { end += 1 }
        return start < bytes.count ? bytes[start..<end] : []
    }

    private mutating func addInteger(_ digits: ArraySlice<UInt8>, radix: Int) throws(TemplateError) {
        let text = String(decoding: digits.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
        guard let number = Int(text, radix: radix) else {
            throw TemplateError(.limit, "an integer of more than 64 bits", line: line)
        }
        add(.integer(number))
    }

    private mutating func readString(quote: UInt8) throws(TemplateError) {
        var end = position + 1
        while let next = byte(end), next != quote { end += next == UInt8(ascii: "\\") ? 2 : 1 }
        guard end < bytes.count else { throw error("unexpected char \(shown(quote))") }
        let text = try StringLiteral.unescaped(bytes[position + 1..<end], line: line)
        position = end + 1
        add(.string(text))
    }
}
