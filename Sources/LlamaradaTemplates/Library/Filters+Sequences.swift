extension Filters {
    @Sendable static func length(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try call.bindNothing()
        return .integer(try call.interpreter.length(of: call.value))
    }

    @Sendable static func first(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try call.bindNothing()
        return try call.items().first ?? .undefined(.other("No first item, sequence was empty."))
    }

    @Sendable static func last(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try call.bindNothing()
        if case .list(let list) = call.value, list.kind == .generator {
            throw call.error("'generator' object is not reversible")
        }
        return try call.items().last ?? .undefined(.other("No last item, sequence was empty."))
    }

    @Sendable static func list(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try call.bindNothing()
        return .list(try call.items())
    }

    @Sendable static func reverse(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try call.bindNothing()
        if case .string(let text) = call.value {
            return .string(text.slice(try SliceRange(.none, .none, -1)))
        }
        return generator(try call.items().reversed())
    }

    /// What Jinja computes bit by bit.
    static func generator(_ items: [TemplateValue]) -> TemplateValue { .list(TemplateList(items, .generator)) }

    @Sendable static func join(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let given = try call.bind("d", "attribute")
        let separator = try call.interpreter.str(given[0] ?? "")
        let path = try given[1].present.map { (value) throws(TemplateError) in try AttributePath(value) }
        var builder = call.builder()
        for (place, item) in try call.items().enumerated() {
            if place > 0 { try builder.append(separator) }
            let value = try path?.value(of: item, call.interpreter) ?? item
            try builder.append(call.interpreter.str(value))
        }
        return .string(builder.text)
    }

    /// Lists of so many elements each.
    @Sendable static func batch(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let given = try call.bind("linecount", "fill_with", required: 1)
        let (items, count) = (try call.items(), try given[0].integer(or: 0))
        guard count > 0 else { return generator(items.isEmpty ? [] : [.list(items)]) }
        var batches = stride(from: 0, to: items.count, by: min(count, items.count + 1)).map { start in
            Array(items[start..<min(start + count, items.count)])
        }
        if let filling = given[1].present, let last = batches.last {
            try call.interpreter.charge(count)
            batches[batches.count - 1] = last + Array(repeating: filling, count: count - last.count)
        }
        return generator(batches.map(TemplateValue.list))
    }

    /// So many lists of as many elements each as there are.
    @Sendable static func slice(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let given = try call.bind("slices", "fill_with", required: 1)
        let (items, count) = (try call.items(), try given[0].integer(or: 0))
        guard count > 0 else {
            if count == 0 { throw call.error("integer division or modulo by zero") }
            return generator([])
        }
        try call.interpreter.charge(count)
        let (length, longer) = items.count.quotientAndRemainder(dividingBy: count)
        let filling = given[1].present
        return generator(
            (0..<count).map { number in
                let start = number * length + min(number, longer)
                let part = Array(items[start..<start + length + (number < longer ? 1 : 0)])
                return .list(number >= longer ? part + (filling.map { [$0] } ?? []) : part)
            })
    }

    @Sendable static func items(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try call.bindNothing()
        if call.value.isUndefined { return generator([]) }
        return generator(try mapping(call).pairs)
    }

    @Sendable static func dictsort(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let given = try call.bind("case_sensitive", "by", "reverse")
        let by = try given[1].text(or: "key")
        guard by == "key" || by == "value" else {
            throw call.error("You can only sort by either \"key\" or \"value\"")
        }
        let place = by == "key" ? 0 : 1
        let isSensitive = given[0].isTrue
        let sorted = try call.interpreter.sorted(mapping(call).pairs, isReversed: given[2].isTrue) {
            (pair) throws(TemplateError) in
            guard case .list(let parts) = pair else { return .none }
            return try call.interpreter.sortingKey(parts.items[place], isSensitive: isSensitive)
        }
        return .list(sorted)
    }

    private static func mapping(_ call: FilterCall) throws(TemplateError) -> TemplateDictionary {
        guard case .dictionary(let dictionary) = call.value else {
            if case .undefined(let missing) = call.value { throw missing.error }
            throw call.error("Can only get item pairs from a mapping.")
        }
        return dictionary
    }
}
