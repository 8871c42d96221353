/// `format % values`: https://docs.python.org/3/library/stdtypes.html#printf-style-string-formatting
struct Printf {
    private var rest: ArraySlice<UInt8>
    /// The values that are not used yet, the next one last.
    private var waiting: [TemplateValue]
    private let dictionary: TemplateDictionary?
    private let interpreter: Interpreter
    private var builder: TextBuilder

    /// A tuple is several values, a dictionary is for names, and anything else is one value.
    static func format(
        _ format: TemplateText, _ values: TemplateValue, _ interpreter: Interpreter
    ) throws(TemplateError) -> TemplateText {
        var printf = Printf(format, values, interpreter)
        return try printf.run(isLenient: hasElements(values))
    }

    /// Python does not mind when such a value is not used.
    private static func hasElements(_ value: TemplateValue) -> Bool {
        switch value {
        case .dictionary, .undefined: true
        case .list(let list): list.kind.isIndexed && list.kind != .tuple
        default: false
        }
    }

    private init(_ format: TemplateText, _ values: TemplateValue, _ interpreter: Interpreter) {
        rest = format.bytes[...]
        self.interpreter = interpreter
        builder = interpreter.builder
        dictionary = if case .dictionary(let dictionary) = values { dictionary } else { nil }
        if case .list(let list) = values, list.kind == .tuple {
            waiting = list.items.reversed()
        } else {
            waiting = [values]
        }
    }

    private mutating func run(isLenient: Bool) throws(TemplateError) -> TemplateText {
        while let place = rest.firstIndex(of: UInt8(ascii: "%")) {
            try builder.append(rest[..<place])
            rest = rest[(place + 1)...]
            try convert()
        }
        try builder.append(rest)
        guard waiting.isEmpty || isLenient else {
            throw TemplateError(.value, "not all arguments converted during string formatting")
        }
        return builder.text
    }

    /// One conversion, from behind its `%`.
    private mutating func convert() throws(TemplateError) {
        var named: TemplateValue?
        if takes("(") {
            guard let close = rest.firstIndex(of: UInt8(ascii: ")")) else {
                throw TemplateError(.value, "incomplete format key")
            }
            let key = TemplateText(bytes: rest[..<close])
            rest = rest[(close + 1)...]
            guard let dictionary else { throw TemplateError(.value, "format requires a mapping") }
            guard let value = dictionary[key] else { throw TemplateError(.value, "no value for '\(key)'") }
            named = value
        }
        var number = NumberFormat()
        var (isLeft, isZeroFilled) = (false, false)
        flags: while true {
            switch rest.first {
            case UInt8(ascii: "-"): isLeft = true
            case UInt8(ascii: "0"): isZeroFilled = true
            case UInt8(ascii: "+"): number.sign = .always
            case UInt8(ascii: " "): if number.sign != .always { number.sign = .space }
            case UInt8(ascii: "#"): number.isAlternate = true
            default: break flags
            }
            rest = rest.dropFirst()
        }
        let given = try count()
        var width = given ?? 0
        if width < 0 {
            isLeft = true
            width = width == .min ? .max : -width
        }
        if takes(".") {
            let digits = try count()
            number.precision = max(0, digits ?? 0)
        }
        // Lengths of C's types mean nothing.
        while takes("l") || takes("h") || takes("L") {}
        guard let letter = rest.popFirst() else { throw TemplateError(.value, "incomplete format") }
        if letter == UInt8(ascii: "%") { return try builder.append("%") }
        let value: TemplateValue
        if let named { value = named } else { value = try next() }
        let piece = try converted(value, Character(Unicode.Scalar(letter)), number)
        if isZeroFilled, !isLeft, piece.isNumber {
            let digits = try interpreter.padded(piece.text, width - piece.prefix.utf8.count, "0", .right)
            try builder.append(piece.prefix)
            return try builder.append(digits)
        }
        let whole = TemplateText(bytes: piece.prefix.utf8 + piece.text.bytes)
        try builder.append(interpreter.padded(whole, width, " ", isLeft ? .left : .right))
    }

    private mutating func takes(_ sign: Unicode.Scalar) -> Bool {
        guard rest.first.map(Unicode.Scalar.init) == sign else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func next() throws(TemplateError) -> TemplateValue {
        guard let value = waiting.popLast() else {
            throw TemplateError(.value, "not enough arguments for format string")
        }
        return value
    }

    /// Digits, or the next value where an asterisk stands.
    private mutating func count() throws(TemplateError) -> Int? {
        if takes("*") { return try Optional(next()).integer(or: 0) }
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        return Int(String(decoding: digits, as: UTF8.self)) ?? .max
    }

    private struct Piece {
        var prefix = ""
        var text: TemplateText
        var isNumber = false
    }

    private func converted(
        _ value: TemplateValue, _ letter: Character, _ format: NumberFormat
    ) throws(TemplateError) -> Piece {
        switch letter {
        case "s", "r", "a":
            let text = try letter == "s" ? interpreter.str(value) : interpreter.repr(value)
            guard let precision = format.precision else { return Piece(text: text) }
            return Piece(text: text.slice(try SliceRange(.none, .integer(precision), .none)))
        case "c":
            if case .string(let text) = value, text.length == 1 { return Piece(text: text) }
            if let code = value.integer, let scalar = UInt32(exactly: code).flatMap(Unicode.Scalar.init) {
                return Piece(text: TemplateText([scalar]))
            }
            throw TemplateError(.value, "%c requires int or char")
        case "d", "i", "u", "o", "x", "X":
            var number = value.integer
            if case .double(let double) = value, "diu".contains(letter) {
                number = Int(exactly: double.rounded(.towardZero))
            }
            guard let number, let parts = format.parts(number, letter) else { break }
            return Piece(prefix: parts.prefix, text: TemplateText(parts.digits), isNumber: true)
        default:
            guard letter != "%", let number = value.double, let parts = format.parts(number, letter) else { break }
            return Piece(prefix: parts.prefix, text: TemplateText(parts.digits), isNumber: true)
        }
        if case .undefined(let missing) = value { throw missing.error }
        throw TemplateError(.value, "%\(letter) format: a real number is required, not \(value.typeName)")
    }
}
