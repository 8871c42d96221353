// Truth, equality and order as Python has them: https://docs.python.org/3/library/stdtypes.html

extension TemplateValue {
    /// Whether it counts as true.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .boolean(let flag): flag
        case .integer(let number): number != 0
        case .double(let number): number != 0
        case .string(let text): !text.isEmpty
        case .list(let list): list.kind == .generator || !list.items.isEmpty
        case .dictionary(let dictionary): dictionary.count > 0
        case .object: true
        }
    }

    /// Whether it can be a key of a dictionary.
    var isHashable: Bool {
        switch self {
        case .list(let list): list.kind == .tuple && list.items.allSatisfy(\.isHashable)
        case .dictionary: false
        default: true
        }
    }
}

extension TemplateValue: Hashable {
    /// Numbers are equal by value, whatever their types; sequences only if they are of one kind.
    public static func == (left: TemplateValue, right: TemplateValue) -> Bool {
        switch (left, right) {
        case (.undefined, .undefined), (.none, .none): true
        case (.double(let one), .double(let other)): one == other
        case (.string(let one), .string(let other)): one == other
        case (.list(let one), .list(let other)):
            one === other
                || one.items == other.items && one.kind.typeName == other.kind.typeName && one.kind != .generator
        case (.dictionary(let one), .dictionary(let other)): one === other || isEqual(one, other)
        case (.object(let one), .object(let other)): one == other
        default: isEqualNumber(left, right)
        }
    }

    private static func isEqual(_ one: TemplateDictionary, _ other: TemplateDictionary) -> Bool {
        one.count == other.count && zip(one.keys, one.values).allSatisfy { other[$0] == $1 }
    }

    private static func isEqualNumber(_ left: TemplateValue, _ right: TemplateValue) -> Bool {
        switch (left, right) {
        case (.double(let number), _): right.integer.map { Int(exactly: number) == $0 } ?? false
        case (_, .double(let number)): left.integer.map { Int(exactly: number) == $0 } ?? false
        default: left.integer.map { $0 == right.integer } ?? false
        }
    }

    /// Equal values have one hash: 1, 1.0 and True are one key.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .undefined, .none: hasher.combine(0)
        case .boolean, .integer: hasher.combine(integer)
        case .double(let number):
            if let whole = Int(exactly: number) { hasher.combine(Optional(whole)) } else { hasher.combine(number) }
        case .string(let text): hasher.combine(text)
        case .list(let list): hasher.combine(list.items)
        case .dictionary(let dictionary): hasher.combine(dictionary.count)
        case .object(let object): hasher.combine(object)
        }
    }
}

extension TemplateValue {
    /// Whether this comes before the other; an error where Python knows no order.
    func isBefore(_ other: TemplateValue, by sign: String = "<") throws(TemplateError) -> Bool {
        switch (self, other) {
        case (.undefined(let missing), _), (_, .undefined(let missing)): throw missing.error
        case (.string(let one), .string(let other)): return one < other
        case (.list(let one), .list(let other)) where one.kind == other.kind && one.kind.isIndexed:
            for (left, right) in zip(one.items, other.items) where left != right {
                return try left.isBefore(right, by: sign)
            }
            return one.items.count < other.items.count
        default:
            if let one = integer, let another = other.integer { return one < another }
            if let one = double, let another = other.double { return one < another }
            throw TemplateError(
                .value, "'\(sign)' not supported between instances of '\(typeName)' and '\(other.typeName)'")
        }
    }
}
