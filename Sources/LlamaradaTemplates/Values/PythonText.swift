/// `str()` and `repr()` of values, as CPython 3 prints them.
struct PythonText {
    private var builder: TextBuilder
    /// Knows what namespaces hold and macros are called.
    private let interpreter: Interpreter?
    /// How deep what is written lies: namespaces may hold themselves, and nothing else is as deep.
    private var depth = 0

    private static let largestDepth = 200

    static func repr(
        _ value: TemplateValue, limit: Int, _ interpreter: Interpreter? = nil
    ) throws(TemplateError) -> TemplateText {
        var writer = PythonText(builder: TextBuilder(limit: limit), interpreter: interpreter)
        try writer.write(value)
        return writer.builder.text
    }

    private mutating func write(_ value: TemplateValue) throws(TemplateError) {
        guard depth < Self.largestDepth else { throw TemplateError(.limit, "a namespace that holds itself") }
        depth += 1
        defer { depth -= 1 }
        switch value {
        case .undefined: try builder.append("Undefined")
        case .none: try builder.append("None")
        case .boolean(let flag): try builder.append(flag ? "True" : "False")
        case .integer(let number): try builder.append("\(number)")
        case .double(let number): try builder.append(PythonFloat.repr(number))
        case .string(let text): try builder.append(Self.quoted(text))
        case .list(let list): try write(list)
        case .dictionary(let dictionary): try write(dictionary)
        case .object(let object): try write(object)
        }
    }

    private mutating func write(_ list: TemplateList) throws(TemplateError) {
        switch list.kind {
        case .list: try write(list.items, between: "[", "]")
        case .tuple: try write(list.items, between: "(", list.items.count == 1 ? ",)" : ")")
        case .view(let name): try write(list.items, between: "\(name)([", "])")
        case .range(let text): try builder.append(text)
        case .generator: try builder.append("<generator object>")
        }
    }

    private mutating func write(
        _ items: [TemplateValue], between open: String, _ close: String
    ) throws(TemplateError) {
        try builder.append(open)
        for (place, item) in items.enumerated() {
            if place > 0 { try builder.append(", ") }
            try write(item)
        }
        try builder.append(close)
    }

    private mutating func write(_ dictionary: TemplateDictionary) throws(TemplateError) {
        try builder.append("{")
        for (place, (key, value)) in zip(dictionary.keys, dictionary.values).enumerated() {
            if place > 0 { try builder.append(", ") }
            try write(key)
            try builder.append(": ")
            try write(value)
        }
        try builder.append("}")
    }

    private mutating func write(_ object: TemplateObject) throws(TemplateError) {
        switch (object.identity, interpreter) {
        case (.namespace(let index), let interpreter?):
            try builder.append("<Namespace ")
            try write(interpreter.namespaces[index])
            try builder.append(">")
        case (.macro(let index), let interpreter?):
            try builder.append("<Macro ")
            try builder.append(Self.quoted(interpreter.macros[index].macro.name))
            try builder.append(">")
        default: try builder.append("<\(object.typeName)>")
        }
    }

    /// A text in quotes: single ones, unless it has some of these and none of the others.
    private static func quoted(_ text: TemplateText) -> TemplateText {
        let single = UInt8(ascii: "'")
        let double = UInt8(ascii: "\"")
        let quote = text.bytes.contains(single) && !text.bytes.contains(double) ? double : single
        var bytes = [quote]
        for scalar in text.scalars {
            switch scalar {
            case "\\": bytes += Array("\\\\".utf8)
            case "\n": bytes += Array("\\n".utf8)
            case "\r": bytes += Array("\\r".utf8)
            case "\t": bytes += Array("\\t".utf8)
            case _ where scalar.value == UInt32(quote): bytes += [UInt8(ascii: "\\"), quote]
            case _ where scalar.isPrintable: bytes += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            default: bytes += Array(scalar.escape.utf8)
            }
        }
        return TemplateText(bytes: bytes + [quote])
    }
}

extension Unicode.Scalar {
    /// What Python prints as it is: no controls, no separators but the space, nothing that is not assigned.
    fileprivate var isPrintable: Bool {
        if value < 0x7F { return value >= 0x20 }
        return switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            false
        default: true
        }
    }

    /// `\xNN`, `\uNNNN` or `\UNNNNNNNN`.
    fileprivate var escape: String {
        switch value {
        case ..<0x100: "\\x" + hexadecimal(2)
        case ..<0x10000: "\\u" + hexadecimal(4)
        default: "\\U" + hexadecimal(8)
        }
    }

    /// The code point in so many digits or more.
    func hexadecimal(_ width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension TemplateValue {
    /// The value as messages quote it.
    var shortRepr: String {
        guard let text = try? PythonText.repr(self, limit: 200) else { return "…" }
        return text.description
    }
}
