/// A value of a template, with the meaning that Python gives it.
public enum TemplateValue: Sendable {
    /// What is not there, and why: prints as nothing, has no members.
    case undefined(TemplateUndefined)
    case none
    case boolean(Bool)
    case integer(Int)
    case double(Double)
    case string(TemplateText)
    case list(TemplateList)
    case dictionary(TemplateDictionary)
    /// Something that only templates make: a namespace, a loop, or what can be called.
    case object(TemplateObject)

    /// A text.
    public static func string(_ text: String) -> TemplateValue { .string(TemplateText(text)) }

    /// A list of some values.
    public static func list(_ items: [TemplateValue]) -> TemplateValue { .list(TemplateList(items)) }

    static func tuple(_ items: [TemplateValue]) -> TemplateValue { .list(TemplateList(items, .tuple)) }
}

extension TemplateValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An integer.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    /// A number with a fraction.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// A list.
    public init(arrayLiteral elements: TemplateValue...) { self = .list(elements) }
    /// A dictionary in the order written; of two equal keys the last value counts.
    public init(dictionaryLiteral elements: (TemplateValue, TemplateValue)...) {
        self = .dictionary(TemplateDictionary(elements))
    }
}

extension TemplateValue {
    /// How deep lists and dictionaries lie in each other below this value.
    var height: Int {
        switch self {
        case .list(let list): list.height
        case .dictionary(let dictionary): dictionary.height
        case .object(let object): object.height
        default: 0
        }
    }

    /// How much there is to look at: one for each element, and one for each eight bytes of text. A value that holds the
    /// same list twice counts it twice, so that this says what a comparison or a hash may cost.
    var size: Int {
        switch self {
        case .string(let text): 1 + text.bytes.count / 8
        case .list(let list): list.size
        case .dictionary(let dictionary): dictionary.size
        case .object(let object): object.size
        default: 1
        }
    }

    /// The name of its type in Python's words.
    var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "NoneType"
        case .boolean: "bool"
        case .integer: "int"
        case .double: "float"
        case .string: "str"
        case .list(let list): list.kind.typeName
        case .dictionary: "dict"
        case .object(let object): object.typeName
        }
    }

    var isUndefined: Bool { if case .undefined = self { true } else { false } }

    var text: TemplateText? { if case .string(let text) = self { text } else { nil } }

    /// The integer that it is; truth values are 0 and 1, as in Python.
    var integer: Int? {
        switch self {
        case .integer(let number): number
        case .boolean(let flag): flag ? 1 : 0
        default: nil
        }
    }

    /// The number that it is, as a double.
    var double: Double? { if case .double(let number) = self { number } else { integer.map(Double.init) } }
}
