extension Interpreter {
    /// Elements in the order of their keys; equal ones keep theirs, even when reversed.
    func sorted<Element>(
        _ items: [Element], isReversed: Bool = false, by key: (Element) throws(TemplateError) -> TemplateValue
    ) throws(TemplateError) -> [Element] {
        var keyed: [(key: TemplateValue, item: Element)] = []
        for item in items { keyed.append((try key(item), item)) }
        do {
            try keyed.sort { left, right in
                isReversed ? try isOrdered(right.key, left.key, "<") : try isOrdered(left.key, right.key, "<")
            }
        } catch let error as TemplateError {
            throw error
        } catch {
            throw TemplateError(.value, "\(error)")
        }
        return keyed.map(\.item)
    }
}

extension Filters {
    @Sendable static func sort(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let given = try call.bind("reverse", "case_sensitive", "attribute")
        let paths = try self.paths(given[2].present)
        let isSensitive = given[1].isTrue
        let sorted = try call.interpreter.sorted(call.items(), isReversed: given[0].isTrue) {
            (item) throws(TemplateError) in
            var keys: [TemplateValue] = []
            for path in paths {
                let value = try path?.value(of: item, call.interpreter) ?? item
                keys.append(try call.interpreter.sortingKey(value, isSensitive: isSensitive))
            }
            return .list(keys)
        }
        return .list(sorted)
    }

    /// Several attributes have commas between them; no attribute is the element itself.
    private static func paths(_ attribute: TemplateValue?) throws(TemplateError) -> [AttributePath?] {
        guard let attribute else { return [nil] }
        guard case .string(let text) = attribute else { return [try AttributePath(attribute)] }
        var paths: [AttributePath?] = []
        for part in text.bytes.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            paths.append(try AttributePath(.string(TemplateText(bytes: part))))
        }
        return paths
    }

    /// Elements with the keys by which they are compared.
    private static func keyed(
        _ call: FilterCall, isSensitive: Bool, attribute: TemplateValue?, standard: TemplateValue? = nil
    ) throws(TemplateError) -> [(key: TemplateValue, item: TemplateValue)] {
        let path = try attribute.map { (value) throws(TemplateError) in
            try AttributePath(value, standard: standard)
        }
        var keyed: [(key: TemplateValue, item: TemplateValue)] = []
        for item in try call.items() {
            let value = try path?.value(of: item, call.interpreter) ?? item
            keyed.append((try call.interpreter.sortingKey(value, isSensitive: isSensitive), item))
        }
        return keyed
    }

    @Sendable static func unique(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let given = try call.bind("case_sensitive", "attribute")
        var seen: Set<TemplateValue> = []
        var items: [TemplateValue] = []
        for (key, item) in try keyed(call, isSensitive: given[0].isTrue, attribute: given[1].present) {
            try call.interpreter.requireHashable(key)
            if seen.insert(key).inserted { items.append(item) }
        }
        return generator(items)
    }

    @Sendable static func least(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try extreme(call) { (key, best) throws(TemplateError) in try call.interpreter.isOrdered(key, best, "<") }
    }

    @Sendable static func greatest(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try extreme(call) { (key, best) throws(TemplateError) in try call.interpreter.isOrdered(best, key, ">") }
    }

    private static func extreme(
        _ call: FilterCall, isBetter: (TemplateValue, TemplateValue) throws(TemplateError) -> Bool
    ) throws(TemplateError) -> TemplateValue {
        let given = try call.bind("case_sensitive", "attribute")
        let keyed = try keyed(call, isSensitive: given[0].isTrue, attribute: given[1].present)
        guard var best = keyed.first else { return .undefined(.other("No aggregated item, sequence was empty.")) }
        for candidate in keyed.dropFirst() where try isBetter(candidate.key, best.key) { best = candidate }
        return best.item
    }

    @Sendable static func groupby(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let given = try call.bind("attribute", "default", "case_sensitive", required: 1)
        let path = try AttributePath(given[0] ?? .none, standard: given[1].present)
        let keyed = try keyed(
            call, isSensitive: given[2].isTrue, attribute: given[0], standard: given[1].present)
        var groups: [(key: TemplateValue, items: [TemplateValue])] = []
        for (key, item) in try call.interpreter.sorted(keyed, by: { $0.key }) {
            if let last = groups.last, try call.interpreter.areEqual(last.key, key) {
                groups[groups.count - 1].items.append(item)
            } else {
                groups.append((key, [item]))
            }
        }
        // A group is called by the attribute of its first element, whatever case the others have.
        return .list(
            try groups.map { (group) throws(TemplateError) in
                .tuple([try path.value(of: group.items[0], call.interpreter), .list(group.items)])
            })
    }

    @Sendable static func sum(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let given = try call.bind("attribute", "start")
        let path = try given[0].present.map { (value) throws(TemplateError) in try AttributePath(value) }
        var sum = given[1] ?? 0
        if case .string = sum { throw call.error("sum() can't sum strings [use ''.join(seq) instead]") }
        for item in try call.items() {
            let value = try path?.value(of: item, call.interpreter) ?? item
            sum = try call.interpreter.made(call.interpreter.compute(sum, .add, value))
        }
        return sum
    }
}
