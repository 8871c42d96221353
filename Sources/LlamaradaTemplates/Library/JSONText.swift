/// `json.dumps` of Python: https://docs.python.org/3/library/json.html
struct JSONText {
    struct Options {
        var isASCII = false
        /// What each level is indented by; nil puts everything on one line.
        var indentation: TemplateText?
        var sortsKeys = false
        private(set) var itemSeparator: TemplateText = ", "
        private(set) var keySeparator: TemplateText = ": "

        /// Separators as given; without any, lines that are indented end in no space.
        mutating func setSeparators(_ separators: (item: TemplateText, key: TemplateText)?) {
            if let separators {
                (itemSeparator, keySeparator) = separators
            } else if indentation != nil {
                itemSeparator = ","
            }
        }
    }

    private var builder: TextBuilder
    private let options: Options
    private let interpreter: Interpreter

    static func text(
        of value: TemplateValue, _ options: Options, _ interpreter: Interpreter
    ) throws(TemplateError) -> TemplateText {
        var writer = JSONText(builder: interpreter.builder, options: options, interpreter: interpreter)
        try writer.write(value, level: 0)
        return writer.builder.text
    }

    /// The argument `indent`: a text, or a number of spaces.
    static func indentation(_ value: TemplateValue?, _ call: FilterCall) throws(TemplateError) -> TemplateText? {
        guard let value = value.present else { return nil }
        if case .string(let text) = value { return text }
        var builder = call.builder()
        try builder.append(" ", count: Optional(value).integer(or: 0))
        return builder.text
    }

    /// The argument `separators`: two texts.
    static func separators(
        _ value: TemplateValue?, _ call: FilterCall
    ) throws(TemplateError) -> (item: TemplateText, key: TemplateText)? {
        guard let value = value.present else { return nil }
        let texts = try call.interpreter.items(of: value).compactMap(\.text)
        guard texts.count == 2 else { throw call.error("separators must be two strings") }
        return (texts[0], texts[1])
    }

    private mutating func write(_ value: TemplateValue, level: Int) throws(TemplateError) {
        switch value {
        case .none: try builder.append("null")
        case .boolean(let flag): try builder.append(flag ? "true" : "false")
        case .integer(let number): try builder.append("\(number)")
        case .double(let number): try builder.append(Self.number(number))
        case .string(let text): try write(text)
        case .list(let list) where list.kind == .list || list.kind == .tuple: try write(list.items, level: level)
        case .dictionary(let dictionary): try write(dictionary, level: level)
        default: throw TemplateError(.value, "Object of type \(value.typeName) is not JSON serializable")
        }
    }

    private static func number(_ number: Double) -> String {
        number.isFinite ? PythonFloat.repr(number) : number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity"
    }

    private mutating func write(_ items: [TemplateValue], level: Int) throws(TemplateError) {
        guard !items.isEmpty else { return try builder.append("[]") }
        try builder.append("[")
        for (place, item) in items.enumerated() {
            if place > 0 { try builder.append(options.itemSeparator) }
            try breakLine(level: level + 1)
            try write(item, level: level + 1)
        }
        try breakLine(level: level)
        try builder.append("]")
    }

    private mutating func write(_ dictionary: TemplateDictionary, level: Int) throws(TemplateError) {
        guard dictionary.count > 0 else { return try builder.append("{}") }
        var entries = Array(zip(dictionary.keys, dictionary.values))
        if options.sortsKeys { entries = try interpreter.sorted(entries) { $0.0 } }
        try builder.append("{")
        for (place, (key, value)) in entries.enumerated() {
            if place > 0 { try builder.append(options.itemSeparator) }
            try breakLine(level: level + 1)
            try write(key: key)
            try builder.append(options.keySeparator)
            try write(value, level: level + 1)
        }
        try breakLine(level: level)
        try builder.append("}")
    }

    private mutating func breakLine(level: Int) throws(TemplateError) {
        guard let indentation = options.indentation else { return }
        try builder.append(byte: .newline)
        try builder.append(indentation, count: level)
    }

    /// Keys are texts in JSON, so that others are written as such.
    private mutating func write(key: TemplateValue) throws(TemplateError) {
        switch key {
        case .string(let text): try write(text)
        case .none, .boolean, .integer, .double:
            try builder.append("\"")
            try write(key, level: 0)
            try builder.append("\"")
        default:
            throw TemplateError(.value, "keys must be str, int, float, bool or None, not \(key.typeName)")
        }
    }

    private mutating func write(_ text: TemplateText) throws(TemplateError) {
        try builder.append("\"")
        // Pieces that stand as they are go in as a whole.
        var start = 0
        for (place, byte) in text.bytes.enumerated() {
            guard let escape = Self.escape(byte) else { continue }
            try write(plain: text.bytes[start..<place])
            try builder.append(escape)
            start = place + 1
        }
        try write(plain: text.bytes[start...])
        try builder.append("\"")
    }

    private static func escape(_ byte: UInt8) -> String? {
        switch byte {
        case UInt8(ascii: "\""): "\\\""
        case UInt8(ascii: "\\"): "\\\\"
        case UInt8(ascii: "\n"): "\\n"
        case UInt8(ascii: "\r"): "\\r"
        case UInt8(ascii: "\t"): "\\t"
        case 8: "\\b"
        case 12: "\\f"
        case ..<0x20: "\\u" + Unicode.Scalar(byte).hexadecimal(4)
        default: nil
        }
    }

    private mutating func write(plain bytes: ArraySlice<UInt8>) throws(TemplateError) {
        guard options.isASCII, bytes.contains(where: { $0 >= 0x7F }) else { return try builder.append(bytes) }
        for unit in String(decoding: bytes, as: UTF8.self).utf16 {
            if unit < 0x7F {
                try builder.append(byte: UInt8(unit))
            } else {
                let digits = String(unit, radix: 16)
                try builder.append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            }
        }
    }
}
