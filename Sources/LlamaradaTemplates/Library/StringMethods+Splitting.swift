extension StringMethods {
    private func splitArguments() throws(TemplateError) -> (separator: TemplateText?, most: Int) {
        let given = try call.bind("sep", "maxsplit")
        let count = try given[1].integer(or: -1)
        let separator = try given[0].present.map { (value) throws(TemplateError) in try required(value) }
        guard separator?.isEmpty != true else { throw call.error("empty separator") }
        return (separator, count < 0 ? .max : count)
    }

    /// Takes the steps of one more part.
    private func chargePart() throws(TemplateError) { try call.interpreter.charge(8) }

    func split() throws(TemplateError) -> [TemplateValue] {
        let (separator, most) = try splitArguments()
        guard let separator else { return try words(most: most) }
        var parts: [TemplateValue] = []
        var start = 0
        for place in text.places(of: separator, most: most) {
            try chargePart()
            parts.append(.string(TemplateText(bytes: text.bytes[start..<place])))
            start = place + separator.bytes.count
        }
        return parts + [.string(TemplateText(bytes: text.bytes[start...]))]
    }

    func splitFromEnd() throws(TemplateError) -> [TemplateValue] {
        let (separator, most) = try splitArguments()
        guard let separator else { return try wordsFromEnd(most: most) }
        var parts: [TemplateValue] = []
        var end = text.bytes.count
        for place in text.reversed.places(of: separator.reversed, most: most) {
            let start = text.bytes.count - place
            try chargePart()
            parts.append(.string(TemplateText(bytes: text.bytes[start..<end])))
            end = start - separator.bytes.count
        }
        return (parts + [.string(TemplateText(bytes: text.bytes[..<end]))]).reversed()
    }

    /// What stands between space; behind so many words the rest is one.
    private func words(most: Int) throws(TemplateError) -> [TemplateValue] {
        var words: [TemplateValue] = []
        var rest = text.bytes[...].trimmingLeading(Whitespace.isSpace)
        while !rest.isEmpty, words.count < most {
            let after = rest.trimmingLeading { !Whitespace.isSpace($0) }
            try chargePart()
            words.append(.string(TemplateText(bytes: rest[..<after.startIndex])))
            rest = after.trimmingLeading(Whitespace.isSpace)
        }
        return rest.isEmpty ? words : words + [.string(TemplateText(bytes: rest))]
    }

    private func wordsFromEnd(most: Int) throws(TemplateError) -> [TemplateValue] {
        var words: [TemplateValue] = []
        var rest = text.bytes[...].trimmingTrailing(Whitespace.isSpace)
        while !rest.isEmpty, words.count < most {
            let before = rest.trimmingTrailing { !Whitespace.isSpace($0) }
            try chargePart()
            words.append(.string(TemplateText(bytes: rest[before.endIndex...])))
            rest = before.trimmingTrailing(Whitespace.isSpace)
        }
        return (rest.isEmpty ? words : words + [.string(TemplateText(bytes: rest))]).reversed()
    }

    func partition(fromEnd: Bool) throws(TemplateError) -> TemplateValue {
        let separator = try required(call.bind("sep", required: 1)[0])
        guard !separator.isEmpty else { throw call.error("empty separator") }
        guard let place = fromEnd ? text.lastPlace(of: separator) : text.firstPlace(of: separator) else {
            return .tuple(fromEnd ? ["", "", call.value] : [call.value, "", ""])
        }
        return .tuple([
            .string(TemplateText(bytes: text.bytes[..<place])), .string(separator),
            .string(TemplateText(bytes: text.bytes[(place + separator.bytes.count)...])),
        ])
    }
}

extension TemplateText {
    /// The lines, by all that Python takes for an end of one; `addingEnd` behaves as if one more newline stood behind.
    func lines(
        keepingEnds: Bool, addingEnd: Bool = false, _ interpreter: Interpreter
    ) throws(TemplateError) -> [TemplateText] {
        var lines: [TemplateText] = []
        var start = 0
        var place = 0
        let bytes = addingEnd ? bytes + [.newline] : bytes
        while place < bytes.count {
            guard let (scalar, count) = bytes[place...].firstScalar else { break }
            let end = place
            place += count
            guard Self.endsLine(scalar) else { continue }
            if scalar == "\r", place < bytes.count, bytes[place] == .newline { place += 1 }
            try interpreter.charge(8)
            lines.append(TemplateText(bytes: bytes[start..<(keepingEnds ? place : end)]))
            start = place
        }
        return start < bytes.count ? lines + [TemplateText(bytes: bytes[start...])] : lines
    }

    private static func endsLine(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }
}
