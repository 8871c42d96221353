/// The methods of `str`: https://docs.python.org/3/library/stdtypes.html#string-methods
struct StringMethods {
    let text: TemplateText
    let call: FilterCall

    func run(_ name: TemplateText) throws(TemplateError) -> TemplateValue {
        if let value = try property(name) {
            try call.bindNothing()
            return value
        }
        switch name {
        case "strip", "lstrip", "rstrip": return .string(try stripped(name))
        case "split": return .list(try split())
        case "rsplit": return .list(try splitFromEnd())
        case "splitlines":
            let keepsEnds = try call.bind("keepends")[0].isTrue
            return .list(try text.lines(keepingEnds: keepsEnds, call.interpreter).map(TemplateValue.string))
        case "partition", "rpartition": return try partition(fromEnd: name == "rpartition")
        case "startswith", "endswith": return .boolean(try hasEnd(atStart: name == "startswith"))
        case "removeprefix", "removesuffix": return .string(try removed(atStart: name == "removeprefix"))
        case "find", "rfind", "index", "rindex", "count": return .integer(try searched(name))
        case "replace":
            let given = try call.bind("old", "new", "count", required: 2)
            let count = try given[2].integer(or: -1)
            return .string(try call.interpreter.replaced(text, required(given[0]), required(given[1]), count: count))
        case "join": return .string(try joined())
        case "center", "ljust", "rjust": return .string(try justified(name))
        case "zfill": return .string(try filledWithZeros())
        case "format": return .string(try FormatText.format(text, call.arguments, call.interpreter))
        default: throw call.error("'str' object has no attribute '\(name)'")
        }
    }

    /// What takes no arguments.
    private func property(_ name: TemplateText) throws(TemplateError) -> TemplateValue? {
        switch name {
        case "upper": .string(text.uppercased)
        case "lower", "casefold": .string(text.lowercased)
        case "capitalize": .string(text.capitalized)
        case "title": .string(text.titled)
        case "swapcase": .string(text.swappedCase)
        case "isdigit": .boolean(text.consists(of: \.isDigit))
        case "isdecimal": .boolean(text.consists(of: \.isDecimal))
        case "isnumeric": .boolean(text.consists(of: \.isNumeric))
        case "isalpha": .boolean(text.consists(of: \.isLetter))
        case "isalnum": .boolean(text.consists(of: \.isAlphanumeric))
        case "isspace": .boolean(text.consists(of: Whitespace.isSpace))
        case "isascii": .boolean(text.isASCII)
        case "islower": .boolean(text.isLower)
        case "isupper": .boolean(text.isUpper)
        case "istitle": .boolean(text.hasCased && text == text.titled)
        default: nil
        }
    }

    /// An argument that must be a text.
    func required(_ value: TemplateValue?) throws(TemplateError) -> TemplateText {
        guard let value, case .string(let text) = value else {
            throw call.error("\(call.name)() argument must be str, not \(value?.typeName ?? "nothing")")
        }
        return text
    }

    private func stripped(_ name: TemplateText) throws(TemplateError) -> TemplateText {
        let chars = try call.bind("chars")[0]
        return try call.interpreter.stripped(text, chars, leading: name != "rstrip", trailing: name != "lstrip")
    }

    private func joined() throws(TemplateError) -> TemplateText {
        let items = try call.interpreter.items(of: call.bind("iterable", required: 1)[0] ?? .none)
        var builder = call.builder()
        for (place, item) in items.enumerated() {
            if place > 0 { try builder.append(text) }
            guard case .string(let part) = item else {
                throw call.error("sequence item \(place): expected str instance, \(item.typeName) found")
            }
            try builder.append(part)
        }
        return builder.text
    }

    private func justified(_ name: TemplateText) throws(TemplateError) -> TemplateText {
        let given = try call.bind("width", "fillchar", required: 1)
        let filling = try given[1].text(or: " ")
        guard filling.length == 1 else { throw call.error("The fill character must be exactly one character long") }
        let alignment: Alignment = name == "center" ? .center : name == "ljust" ? .left : .right
        return try call.interpreter.padded(text, given[0].integer(or: 0), filling, alignment)
    }

    private func filledWithZeros() throws(TemplateError) -> TemplateText {
        let width = try call.bind("width", required: 1)[0].integer(or: 0)
        let hasSign = text.bytes.first.map(Lexer.isSign) ?? false
        let digits = TemplateText(bytes: text.bytes.dropFirst(hasSign ? 1 : 0))
        let filled = try call.interpreter.padded(digits, width - (hasSign && width > 0 ? 1 : 0), "0", .right)
        return TemplateText(bytes: text.bytes.prefix(hasSign ? 1 : 0) + filled.bytes)
    }
}

/// Where a text lies in more room than it needs.
enum Alignment {
    case left, right, center
}

extension Interpreter {
    /// A text without what is trimmed at its ends: space, or any of the characters given.
    func stripped(
        _ text: TemplateText, _ chars: TemplateValue?, leading: Bool = true, trailing: Bool = true
    ) throws(TemplateError) -> TemplateText {
        var isTrimmed: (Unicode.Scalar) -> Bool = Whitespace.isSpace
        if let chars = chars.present {
            guard case .string(let set) = chars else { throw TemplateError(.value, "strip arg must be None or str") }
            try charge(set.bytes.count)
            let scalars = Set(set.scalars)
            isTrimmed = scalars.contains
        }
        var rest = text.bytes[...]
        if leading { rest = rest.trimmingLeading(isTrimmed) }
        if trailing { rest = rest.trimmingTrailing(isTrimmed) }
        return TemplateText(bytes: rest)
    }

    /// A text of at least that many code points.
    func padded(
        _ text: TemplateText, _ width: Int, _ filling: TemplateText, _ alignment: Alignment
    ) throws(TemplateError) -> TemplateText {
        let (missing, overflow) = width.subtractingReportingOverflow(text.length)
        guard !overflow, missing > 0 else { return text }
        let before =
            switch alignment {
            case .left: 0
            case .right: missing
            // Where the room does not come out even, Python's centre depends on the width.
            case .center: missing / 2 + (missing & width & 1)
            }
        var builder = builder
        try builder.append(filling, count: before)
        try builder.append(text)
        try builder.append(filling, count: missing - before)
        return builder.text
    }
}
