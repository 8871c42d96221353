extension Filters {
    @Sendable static func upper(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try call.bindNothing()
        return .string(try call.text().uppercased)
    }

    @Sendable static func lower(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try call.bindNothing()
        return .string(try call.text().lowercased)
    }

    @Sendable static func capitalize(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try call.bindNothing()
        return .string(try call.text().capitalized)
    }

    /// Unlike Python's `title`, a word goes on behind an apostrophe.
    @Sendable static func title(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try call.bindNothing()
        var bytes: [UInt8] = []
        var beginsWord = true
        for scalar in try call.text().scalars {
            let isBetween = "-({[<".unicodeScalars.contains(scalar) || Whitespace.isSpace(scalar)
            let properties = scalar.properties
            bytes += (beginsWord ? properties.uppercaseMapping : properties.lowercaseMapping).utf8
            beginsWord = isBetween
        }
        return .string(TemplateText(bytes: bytes))
    }

    @Sendable static func trim(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let given = try call.bind("chars")
        return .string(try call.interpreter.stripped(call.text(), given[0]))
    }

    @Sendable static func replace(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let given = try call.bind("old", "new", "count", required: 2)
        let old = try call.interpreter.str(given[0] ?? "")
        let new = try call.interpreter.str(given[1] ?? "")
        return .string(try call.interpreter.replaced(call.text(), old, new, count: given[2].integer(or: -1)))
    }

    @Sendable static func indent(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let given = try call.bind("width", "first", "blank")
        if case .undefined(let missing) = call.value { throw missing.error }
        guard case .string(let text) = call.value else {
            throw call.error("unsupported operand type(s) for +=: '\(call.value.typeName)' and 'str'")
        }
        let indentation = try JSONText.indentation(given[0] ?? 4, call) ?? ""
        var builder = call.builder()
        let lines = try text.lines(keepingEnds: false, addingEnd: true, call.interpreter)
        for (place, line) in lines.enumerated() {
            if place > 0 { try builder.append(byte: .newline) }
            let isIndented = place == 0 ? given[1].isTrue : !line.isEmpty || given[2].isTrue
            if isIndented { try builder.append(indentation) }
            try builder.append(line)
        }
        return .string(builder.text)
    }

    @Sendable static func wordcount(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try call.bindNothing()
        var count = 0
        var isInside = false
        for scalar in try call.text().scalars {
            let isWord = scalar.isAlphanumeric || scalar == "_"
            if isWord, !isInside { count += 1 }
            isInside = isWord
        }
        return .integer(count)
    }

    @Sendable static func escape(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try call.bindNothing()
        var builder = call.builder()
        for byte in try call.text().bytes {
            switch byte {
            case UInt8(ascii: "&"): try builder.append("&amp;")
            case UInt8(ascii: "<"): try builder.append("&lt;")
            case UInt8(ascii: ">"): try builder.append("&gt;")
            case UInt8(ascii: "'"): try builder.append("&#39;")
            case UInt8(ascii: "\""): try builder.append("&#34;")
            default: try builder.append(byte: byte)
            }
        }
        return .string(builder.text)
    }

    /// The value is a format of `printf`.
    @Sendable static func format(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let arguments = call.arguments
        guard arguments.positional.isEmpty || arguments.named.isEmpty else {
            throw call.error("can't handle positional and keyword arguments at the same time")
        }
        let named = TemplateDictionary(arguments.named.map { (.string($0.name), $0.value) })
        let given: TemplateValue = arguments.named.isEmpty ? .tuple(arguments.positional) : .dictionary(named)
        return .string(try Printf.format(call.text(), given, call.interpreter))
    }

    @Sendable static func center(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let width = try call.bind("width")[0].integer(or: 80)
        return .string(try call.interpreter.padded(call.text(), width, " ", .center))
    }

    @Sendable static func truncate(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let given = try call.bind("length", "killwords", "end", "leeway")
        let (text, end) = (try call.text(), try given[2].text(or: "..."))
        let (length, leeway) = (try given[0].integer(or: 255), try given[3].integer(or: 5))
        guard length >= end.length, leeway >= 0 else {
            throw call.error("expected length >= \(end.length) and leeway >= 0, got \(length) and \(leeway)")
        }
        guard text.length - leeway > length else { return .string(text) }
        var kept = text.slice(try SliceRange(0, .integer(length - end.length), .none))
        if !given[1].isTrue, let space = kept.lastPlace(of: " ") { kept = TemplateText(bytes: kept.bytes[..<space]) }
        return .string(TemplateText(bytes: kept.bytes + end.bytes))
    }

    /// A text, or pairs of names and values, as part of an address.
    @Sendable static func urlencode(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try call.bindNothing()
        if case .string(let text) = call.value { return .string(try quoted(text, isPath: true, call)) }
        var pairs: [TemplateValue]
        switch call.value {
        case .dictionary(let dictionary): pairs = dictionary.pairs
        case .list(let list): pairs = list.items
        default: return .string(try quoted(call.text(), isPath: true, call))
        }
        var builder = call.builder()
        for (place, pair) in pairs.enumerated() {
            let parts = try call.interpreter.items(of: pair)
            guard parts.count == 2 else { throw call.error("expected pairs of names and values") }
            if place > 0 { try builder.append("&") }
            try builder.append(quoted(call.interpreter.str(parts[0]), call))
            try builder.append("=")
            try builder.append(quoted(call.interpreter.str(parts[1]), call))
        }
        return .string(builder.text)
    }

    private static func quoted(
        _ text: TemplateText, isPath: Bool = false, _ call: FilterCall
    ) throws(TemplateError) -> TemplateText {
        let plain = Set((isPath ? "_.-~/" : "_.-~").utf8)
        var builder = call.builder()
        for byte in text.bytes {
            let scalar = Unicode.Scalar(byte)
            if plain.contains(byte) || scalar.isASCII && scalar.isAlphanumeric {
                try builder.append(byte: byte)
            } else if byte == UInt8(ascii: " "), !isPath {
                try builder.append("+")
            } else {
                try builder.append("%" + scalar.hexadecimal(2).uppercased())
            }
        }
        return builder.text
    }
}
