/// Methods of Python's types. What would change a value is known, but not for templates: transformers' sandbox refuses
/// it as well.
enum Methods {
    typealias Names = (reading: Set<TemplateText>, changing: Set<TemplateText>)

    private static let ofText: Names = (
        [
            "capitalize", "casefold", "center", "count", "endswith", "find", "format", "index", "isalnum", "isalpha",
            "isascii", "isdecimal", "isdigit", "islower", "isnumeric", "isspace", "istitle", "isupper", "join", "ljust",
            "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind", "rindex", "rjust",
            "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title",
            "upper", "zfill",
        ], []
    )
    private static let ofDictionary: Names = (
        ["copy", "get", "items", "keys", "values"], ["clear", "pop", "popitem", "setdefault", "update"]
    )
    private static let ofList: Names = (
        ["copy", "count", "index"], ["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"]
    )
    private static let ofTuple: Names = (["count", "index"], [])

    /// The methods of a value; nil where it has none.
    static func names(of value: TemplateValue) -> Names? {
        switch value {
        case .string: ofText
        case .dictionary: ofDictionary
        case .list(let list):
            switch list.kind {
            case .list: ofList
            case .tuple, .range: ofTuple
            case .view, .generator: nil
            }
        default: nil
        }
    }

    static func call(_ call: FilterCall, _ name: TemplateText) throws(TemplateError) -> TemplateValue {
        switch call.value {
        case .string(let text):
            // Whatever a method does, it looks at the text a few times.
            try call.interpreter.charge(text.bytes.count / 8)
            return try StringMethods(text: text, call: call).run(name)
        case .dictionary(let dictionary): return try run(name, dictionary, call)
        case .list(let list): return try run(name, list, call)
        default: throw call.error("'\(call.value.typeName)' object has no methods")
        }
    }

    private static func run(
        _ name: TemplateText, _ dictionary: TemplateDictionary, _ call: FilterCall
    ) throws(TemplateError) -> TemplateValue {
        if name == "get" {
            let given = try call.bind("key", "default", required: 1)
            try call.interpreter.requireHashable(given[0] ?? .none)
            return given[0].flatMap { dictionary[$0] } ?? given[1] ?? .none
        }
        try call.bindNothing()
        switch name {
        case "items": return .list(TemplateList(dictionary.pairs, .view("dict_items")))
        case "keys": return .list(TemplateList(dictionary.keys, .view("dict_keys")))
        case "values": return .list(TemplateList(dictionary.values, .view("dict_values")))
        default: return call.value
        }
    }

    private static func run(
        _ name: TemplateText, _ list: TemplateList, _ call: FilterCall
    ) throws(TemplateError) -> TemplateValue {
        if name == "copy" {
            try call.bindNothing()
            return call.value
        }
        try call.interpreter.charge(list.size)
        let given = try call.bind("value", "start", "stop", required: 1)
        let wanted = given[0] ?? .none
        guard name == "index" else { return .integer(list.items.count { $0 == wanted }) }
        let range = try SliceRange(given[1] ?? .none, given[2] ?? .none, .none)
        guard let place = range.places(count: list.items.count).first(where: { list.items[$0] == wanted }) else {
            throw call.error("\(wanted.shortRepr) is not in list")
        }
        return .integer(place)
    }
}
