/// Splits a template into tokens, with blocks trimmed as transformers trims them: a newline behind a block goes, and so
/// does the indentation before one (`trim_blocks`, `lstrip_blocks`).
///
/// Syntax: https://jinja.palletsprojects.com/en/stable/templates/
struct Lexer {
    let bytes: [UInt8]
    var position = 0
    var line = 1
    var tokens: [Token] = []
    /// Whether what was read last ended a line.
    private var startsLine = true
    /// Up to where lines were counted.
    private var counted = 0

    private enum Opening {
        case output, block, comment
    }

    private init(_ source: String) {
        var bytes = Lexer.unifyingNewlines(source.utf8)
        if bytes.last == .newline { bytes.removeLast() }
        self.bytes = bytes
    }

    /// The tokens of a template, the last of which is `.end`.
    static func tokens(of source: String) throws(TemplateError) -> [Token] {
        var lexer = Lexer(source)
        while lexer.position < lexer.bytes.count { try lexer.readTextAndTag() }
        lexer.add(.end)
        return lexer.tokens
    }

    /// Every newline as one byte, however it was written.
    private static func unifyingNewlines(_ source: String.UTF8View) -> [UInt8] {
        var result: [UInt8] = []
        var afterReturn = false
        for byte in source {
            if byte == UInt8(ascii: "\r") || byte != .newline || !afterReturn {
                result.append(byte == UInt8(ascii: "\r") ? .newline : byte)
            }
            afterReturn = byte == UInt8(ascii: "\r")
        }
        return result
    }

    private mutating func readTextAndTag() throws(TemplateError) {
        let start = position
        guard let (place, opening) = nextOpening() else {
            position = bytes.count
            return addText(bytes[start...])
        }
        position = place
        let sign = byte(place + 2)
        addText(trimmed(bytes[start..<place], sign: sign, isOutput: opening == .output))
        countLines(to: place)
        if opening == .block, takesWord("raw", allowingSign: false) { return try readRaw() }
        position = place + 2 + (sign.map(Self.isSign) == true ? 1 : 0)
        switch opening {
        case .comment: try skipComment()
        case .output: try readTag(.outputBegin, .outputEnd)
        case .block: try readTag(.blockBegin, .blockEnd)
        }
    }

    private func nextOpening() -> (Int, Opening)? {
        var place = position
        while place + 1 < bytes.count {
            if bytes[place] == UInt8(ascii: "{") {
                switch bytes[place + 1] {
                case UInt8(ascii: "{"): return (place, .output)
                case UInt8(ascii: "%"): return (place, .block)
                case UInt8(ascii: "#"): return (place, .comment)
                default: break
                }
            }
            place += 1
        }
        return nil
    }

    /// The text before a tag, without the space that the tag takes.
    private func trimmed(_ text: ArraySlice<UInt8>, sign: UInt8?, isOutput: Bool) -> ArraySlice<UInt8> {
        if sign == UInt8(ascii: "-") { return text.trimmingTrailing(Whitespace.isSpace) }
        guard sign != UInt8(ascii: "+"), !isOutput else { return text }
        let lineStart = text.lastIndex(of: .newline).map { $0 + 1 } ?? text.startIndex
        guard lineStart > text.startIndex || startsLine else { return text }
        let rest = text[lineStart...].trimmingTrailing(Whitespace.isSpace)
        return rest.isEmpty ? text[..<lineStart] : text
    }

    private mutating func skipComment() throws(TemplateError) {
        let start = position
        // Jinja lets one pass that opens at the very end.
        guard start < bytes.count else { return }
        guard let close = bytes[start...].firstRange(of: "#}") else { throw error("Missing end of comment tag") }
        let sign = close > start ? bytes[close - 1] : nil
        position = close + 2
        skipBehindBlock(sign: sign)
    }

    private mutating func readRaw() throws(TemplateError) {
        let start = position
        guard start < bytes.count else { return }
        while let place = bytes[position...].firstRange(of: "{%") {
            position = place
            if takesWord("endraw", allowingSign: true) {
                addText(trimmed(bytes[start..<place], sign: byte(place + 2), isOutput: false))
                return
            }
            position = place + 2
        }
        throw error("Missing end of raw directive")
    }

    /// Goes behind `{% word %}` where that is what stands here.
    private mutating func takesWord(_ word: String, allowingSign: Bool) -> Bool {
        let start = position
        position += 2
        if let sign = byte(position), Self.isSign(sign) { position += 1 }
        skipSpace()
        guard bytes[position...].starts(with: word.utf8) else {
            position = start
            return false
        }
        position += word.utf8.count
        skipSpace()
        guard let sign = takesEnd(UInt8(ascii: "%"), plus: allowingSign) else {
            position = start
            return false
        }
        // The newline behind {% raw %} belongs to the text.
        if word == "endraw" || sign == UInt8(ascii: "-") { skipBehindBlock(sign: sign) } else { startsLine = false }
        return true
    }

    /// Goes behind `%}` or `}}` with its sign, if that is here; returns the sign, or the first byte without one.
    mutating func takesEnd(_ letter: UInt8, plus: Bool) -> UInt8? {
        var place = position
        guard let first = byte(place) else { return nil }
        if first == UInt8(ascii: "-") || plus && first == UInt8(ascii: "+") { place += 1 }
        guard byte(place) == letter, byte(place + 1) == UInt8(ascii: "}") else { return nil }
        position = place + 2
        return first
    }

    /// Skips what the end of a block or comment takes with it.
    mutating func skipBehindBlock(sign: UInt8?) {
        if sign == UInt8(ascii: "-") {
            skipSpace()
        } else if sign != UInt8(ascii: "+"), byte(position) == .newline {
            position += 1
        }
        startsLine = bytes[position - 1] == .newline
    }

    /// Skips the space behind `-}}`.
    mutating func skipBehindOutput(sign: UInt8) {
        if sign == UInt8(ascii: "-") { skipSpace() }
        startsLine = bytes[position - 1] == .newline
    }

    mutating func skipSpace() { position += bytes[position...].leadingSpace }

    func byte(_ place: Int) -> UInt8? { place < bytes.count ? bytes[place] : nil }

    static func isSign(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") }

    mutating func add(_ kind: Token.Kind) { tokens.append(Token(kind: kind, line: line)) }

    private mutating func addText(_ text: ArraySlice<UInt8>) {
        if !text.isEmpty { add(.text(TemplateText(bytes: text))) }
    }

    mutating func countLines(to place: Int) {
        guard place > counted else { return }
        line += bytes[counted..<place].count { $0 == .newline }
        counted = place
    }

    func error(_ message: String) -> TemplateError { TemplateError(.syntax, message, line: line) }
}
