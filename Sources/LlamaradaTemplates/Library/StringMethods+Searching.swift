extension StringMethods {
    /// The part of the text that `start` and `end` name, and where it begins in code points.
    private func part(_ start: TemplateValue?, _ end: TemplateValue?) throws(TemplateError) -> (
        TemplateText, start: Int
    )? {
        guard start.present != nil || end.present != nil else { return (text, 0) }
        let range = try SliceRange(start ?? .none, end ?? .none, .none)
        let length = text.length
        // Nothing is found behind the end, not even an empty text.
        if let start = start.present?.integer, start > length { return nil }
        return (
            text.slice(range),
            range.places(count: length).first { _ in true } ?? min(length, start.present?.integer ?? 0)
        )
    }

    func hasEnd(atStart: Bool) throws(TemplateError) -> Bool {
        let given = try call.bind("prefix", "start", "end", required: 1)
        guard let (part, _) = try part(given[1], given[2]) else { return false }
        var affixes = [given[0] ?? .none]
        if case .list(let list)? = given[0], list.kind == .tuple { affixes = list.items }
        for affix in affixes {
            let affix = try required(affix)
            try call.interpreter.charge(affix.bytes.count / 8)
            if atStart ? part.bytes.starts(with: affix.bytes) : part.bytes.suffix(affix.bytes.count) == affix.bytes[...]
            {
                return true
            }
        }
        return false
    }

    func removed(atStart: Bool) throws(TemplateError) -> TemplateText {
        let affix = try required(call.bind("prefix", required: 1)[0])
        if atStart {
            guard text.bytes.starts(with: affix.bytes) else { return text }
            return TemplateText(bytes: text.bytes.dropFirst(affix.bytes.count))
        }
        guard text.bytes.suffix(affix.bytes.count) == affix.bytes[...] else { return text }
        return TemplateText(bytes: text.bytes.dropLast(affix.bytes.count))
    }

    /// Places and counts in code points.
    func searched(_ name: TemplateText) throws(TemplateError) -> Int {
        let given = try call.bind("sub", "start", "end", required: 1)
        let wanted = try required(given[0])
        try call.interpreter.charge(wanted.bytes.count / 8)
        let found = try part(given[1], given[2])
        if name == "count" {
            guard let (part, _) = found else { return 0 }
            return wanted.isEmpty ? part.length + 1 : part.places(of: wanted).count
        }
        if let (part, start) = found {
            let isLast = name == "rfind" || name == "rindex"
            if let place = isLast ? part.lastPlace(of: wanted) : part.firstPlace(of: wanted) {
                return start + part.length(before: place)
            }
        }
        guard name == "find" || name == "rfind" else { throw call.error("substring not found") }
        return -1
    }
}
