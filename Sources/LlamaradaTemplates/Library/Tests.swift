/// Tests by their names: what can stand behind `is`.
///
/// Meanings: https://jinja.palletsprojects.com/en/stable/templates/#builtin-tests
enum Tests {
    typealias Test = @Sendable (FilterCall) throws(TemplateError) -> Bool

    static func named(_ name: String) -> Test? { table[name] }

    private static let table: [String: Test] = [
        "defined": kind { !$0.isUndefined }, "undefined": kind(\.isUndefined),
        "none": kind { if case .none = $0 { true } else { false } },
        "boolean": kind { if case .boolean = $0 { true } else { false } },
        "true": kind { if case .boolean(true) = $0 { true } else { false } },
        "false": kind { if case .boolean(false) = $0 { true } else { false } },
        "integer": kind { if case .integer = $0 { true } else { false } },
        "float": kind { if case .double = $0 { true } else { false } },
        "number": kind { $0.double != nil }, "string": kind { $0.text != nil },
        "mapping": kind { if case .dictionary = $0 { true } else { false } },
        "sequence": kind(isSequence), "iterable": kind(isIterable), "escaped": kind { _ in false },
        "callable": kind { if case .object(let object) = $0 { object.isCallable } else { $0.isUndefined } },
        "odd": alone { (call) throws(TemplateError) in try remainder(call, call.value, 2) == 1 },
        "even": alone { (call) throws(TemplateError) in try remainder(call, call.value, 2) == 0 },
        "divisibleby": { (call) throws(TemplateError) in
            try remainder(call, call.value, call.bind("num", required: 1)[0] ?? 0) == 0
        },
        "lower": alone { (call) throws(TemplateError) in try call.text().isLower },
        "upper": alone { (call) throws(TemplateError) in try call.text().isUpper },
        "filter": alone { (call) throws(TemplateError) in try Filters.named(call.text().description) != nil },
        "test": alone { (call) throws(TemplateError) in try Tests.named(call.text().description) != nil },
        "in": compared { (call, other) throws(TemplateError) in try call.interpreter.contains(other, call.value) },
        "sameas": compared { (call, other) throws(TemplateError) in
            switch (call.value, other) {
            case (.list(let one), .list(let other)): return one === other
            case (.dictionary(let one), .dictionary(let other)): return one === other
            default:
                guard call.value.typeName == other.typeName else { return false }
                return try call.interpreter.areEqual(call.value, other)
            }
        },
        "==": comparison(.equal), "eq": comparison(.equal), "equalto": comparison(.equal),
        "!=": comparison(.notEqual), "ne": comparison(.notEqual), "<": comparison(.less), "lt": comparison(.less),
        "lessthan": comparison(.less), "<=": comparison(.lessOrEqual), "le": comparison(.lessOrEqual),
        ">": comparison(.greater), "gt": comparison(.greater), "greaterthan": comparison(.greater),
        ">=": comparison(.greaterOrEqual), "ge": comparison(.greaterOrEqual),
    ]

    /// A test that looks at nothing but the value.
    private static func kind(_ holds: @escaping @Sendable (TemplateValue) -> Bool) -> Test {
        alone { (call) throws(TemplateError) in holds(call.value) }
    }

    /// A test without arguments.
    private static func alone(_ holds: @escaping Test) -> Test {
        { (call) throws(TemplateError) in
            try call.bindNothing()
            return try holds(call)
        }
    }

    /// A test against one other value.
    private static func compared(
        _ holds: @escaping @Sendable (FilterCall, TemplateValue) throws(TemplateError) -> Bool
    ) -> Test {
        { (call) throws(TemplateError) in try holds(call, call.bind("other", required: 1)[0] ?? .none) }
    }

    private static func comparison(_ sign: ComparisonOperator) -> Test {
        compared { (call, other) throws(TemplateError) in try call.interpreter.compare(call.value, sign, other) }
    }

    /// The rest of a division; texts have none.
    private static func remainder(
        _ call: FilterCall, _ value: TemplateValue, _ divisor: TemplateValue
    ) throws(TemplateError) -> Double {
        if case .string = value { throw call.error("not all arguments converted during string formatting") }
        return try call.interpreter.compute(value, .modulo, divisor).double ?? 0
    }

    @Sendable private static func isSequence(_ value: TemplateValue) -> Bool {
        switch value {
        // What is undefined is an empty sequence, and fails only when its elements are asked for.
        case .string, .dictionary, .undefined: true
        case .list(let list): list.kind.isIndexed
        default: false
        }
    }

    @Sendable private static func isIterable(_ value: TemplateValue) -> Bool {
        switch value {
        case .string, .dictionary, .list, .undefined: true
        case .object(let object): if case .loop = object.identity { true } else { false }
        default: false
        }
    }
}
