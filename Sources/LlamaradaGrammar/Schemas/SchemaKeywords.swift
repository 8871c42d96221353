import LlamaradaTensors

/// The keywords that are known, and what they say in one subschema.
enum SchemaKeywords {
    /// Those that change nothing: what they say is for people, or for other keywords to refer to.
    private static let annotations: Set = [
        "$schema", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "example",
        "deprecated", "readOnly", "writeOnly",
    ]
    /// Those that lead to other subschemas of the same value.
    private static let combining: Set = ["$ref", "allOf", "anyOf", "oneOf"]
    static let values: Set = ["enum", "const"]
    static let ofNumbers: Set = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]
    static let ofStrings: Set = ["minLength", "maxLength", "pattern", "format"]
    static let ofArrays: Set = ["items", "prefixItems", "minItems", "maxItems", "uniqueItems"]
    static let ofObjects: Set = [
        "properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties",
    ]
    private static let known = annotations.union(combining).union(values).union(ofNumbers).union(ofStrings)
        .union(ofArrays).union(ofObjects).union(["type"])

    /// Refuses what is not known.
    static func check(_ members: [JSONValue.Member], _ pointer: SchemaPlace) throws(GrammarError) {
        for member in members where !known.contains(member.name) && !member.name.hasPrefix("x-") {
            // Elsewhere it changes what references mean.
            if member.name == "$id", pointer.isRoot { continue }
            throw .unsupported(member.name, pointer)
        }
    }
}

/// What kinds of values there are; a number is whole or not.
struct JSONKinds: OptionSet, Hashable {
    let rawValue: Int

    static let null = JSONKinds(rawValue: 1)
    static let boolean = JSONKinds(rawValue: 2)
    static let integer = JSONKinds(rawValue: 4)
    static let fraction = JSONKinds(rawValue: 8)
    static let string = JSONKinds(rawValue: 16)
    static let array = JSONKinds(rawValue: 32)
    static let object = JSONKinds(rawValue: 64)
    static let number: JSONKinds = [.integer, .fraction]
    static let all = JSONKinds(rawValue: 127)

    /// By JSON Schema's name.
    init?(name: String) {
        switch name {
        case "null": self = .null
        case "boolean": self = .boolean
        case "integer": self = .integer
        case "number": self = .number
        case "string": self = .string
        case "array": self = .array
        case "object": self = .object
        default: return nil
        }
    }

    init(rawValue: Int) { self.rawValue = rawValue }

    /// Of a value.
    init(of value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool: self = .boolean
        case .integer: self = .integer
        case .number: self = value.wholeNumber == nil ? .fraction : .integer
        case .string: self = .string
        case .array: self = .array
        case .object: self = .object
        }
    }

    /// What `type` says; nil where it is not there.
    init?(type: JSONValue?, _ pointer: SchemaPlace) throws(GrammarError) {
        guard let type else { return nil }
        var kinds: JSONKinds = []
        for name in type.elements ?? [type] {
            guard let kind = name.text.flatMap(JSONKinds.init(name:)) else {
                throw .schema(.syntax, pointer, "keyword 'type' must have names of types")
            }
            kinds.formUnion(kind)
        }
        self = kinds
    }
}
