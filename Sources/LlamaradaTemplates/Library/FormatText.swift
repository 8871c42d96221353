/// `text.format(…)`: https://docs.python.org/3/library/string.html#format-string-syntax
struct FormatText {
    private var rest: ArraySlice<UInt8>
    private let arguments: CallArguments
    private let interpreter: Interpreter
    private var builder: TextBuilder
    /// The number of the next field without one; nil once a field had one.
    private var nextField: Int? = 0

    static func format(
        _ text: TemplateText, _ arguments: CallArguments, _ interpreter: Interpreter
    ) throws(TemplateError) -> TemplateText {
        var format = FormatText(
            rest: text.bytes[...], arguments: arguments, interpreter: interpreter, builder: interpreter.builder)
        return try format.run()
    }

    private mutating func run() throws(TemplateError) -> TemplateText {
        let (open, close) = (UInt8(ascii: "{"), UInt8(ascii: "}"))
        while let byte = rest.popFirst() {
            guard byte == open || byte == close else {
                try builder.append(byte: byte)
                continue
            }
            if rest.first == byte {
                rest = rest.dropFirst()
                try builder.append(byte: byte)
            } else if byte == open {
                try builder.append(field())
            } else {
                throw TemplateError(.value, "Single '}' encountered in format string")
            }
        }
        return builder.text
    }

    /// One field, from behind its brace.
    private mutating func field() throws(TemplateError) -> TemplateText {
        guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
            throw TemplateError(.value, "expected '}' before end of string")
        }
        let field = rest[..<end]
        rest = rest[(end + 1)...]
        guard !field.contains(UInt8(ascii: "{")) else {
            throw TemplateError(.unsupported, "fields inside of fields of a format")
        }
        let colon = field.firstIndex(of: UInt8(ascii: ":")) ?? field.endIndex
        let spec = TemplateText(bytes: field[colon...].dropFirst())
        var name = field[..<colon]
        var conversion: UInt8?
        if let mark = name.firstIndex(of: UInt8(ascii: "!")) {
            conversion = name[mark...].dropFirst().first
            name = name[..<mark]
        }
        var value = try self.value(of: name)
        switch conversion {
        case UInt8(ascii: "r"), UInt8(ascii: "a"): value = .string(try interpreter.repr(value))
        case UInt8(ascii: "s"): value = .string(try interpreter.str(value))
        case nil: break
        default: throw TemplateError(.value, "Unknown conversion specifier")
        }
        return try FormatSpecification(spec).apply(to: value, interpreter)
    }

    /// `name.attribute[key]`, where the name may be a number or nothing.
    private mutating func value(of field: ArraySlice<UInt8>) throws(TemplateError) -> TemplateValue {
        let (dot, bracket) = (UInt8(ascii: "."), UInt8(ascii: "["))
        let first = field.prefix { $0 != dot && $0 != bracket }
        var value = try argument(TemplateText(bytes: first))
        var path = field[first.endIndex...]
        while let sign = path.popFirst() {
            try interpreter.charge()
            if sign == dot {
                let name = path.prefix { $0 != dot && $0 != bracket }
                value = try interpreter.attribute(TemplateText(bytes: name), of: value)
                path = path[name.endIndex...]
            } else {
                guard sign == bracket, let close = path.firstIndex(of: UInt8(ascii: "]")) else {
                    throw TemplateError(.value, "Missing ']' in format string")
                }
                let key = TemplateText(bytes: path[..<close])
                value = try interpreter.item(Int(key.description).map(TemplateValue.integer) ?? .string(key), of: value)
                path = path[(close + 1)...]
            }
        }
        return value
    }

    private mutating func argument(_ name: TemplateText) throws(TemplateError) -> TemplateValue {
        var place = Int(name.description)
        if name.isEmpty {
            guard let next = nextField else {
                throw TemplateError(
                    .value, "cannot switch from manual field specification to automatic field numbering")
            }
            place = next
            nextField = next + 1
        } else if place != nil {
            guard nextField == nil || nextField == 0 else {
                throw TemplateError(
                    .value, "cannot switch from automatic field numbering to manual field specification")
            }
            nextField = nil
        }
        if let place {
            guard arguments.positional.indices.contains(place) else {
                throw TemplateError(.value, "Replacement index \(place) out of range for positional args tuple")
            }
            return arguments.positional[place]
        }
        guard let value = arguments.named.first(where: { $0.name == name })?.value else {
            throw TemplateError(.value, "no argument '\(name)' for the format")
        }
        return value
    }
}
