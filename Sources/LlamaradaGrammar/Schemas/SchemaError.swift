import LlamaradaErrors
import LlamaradaTensors

extension GrammarError {
    /// What is wrong at a place of a schema.
    ///
    static func schema(
        _ code: Code, _ pointer: SchemaPlace, _ problem: String, remedy: Remedy = .noneKnown
    ) -> GrammarError {
        GrammarError(code, "the schema at \(pointer.pointer().inQuotes(most: 400)): \(problem)", remedy: remedy)
    }

    static func unsupported(_ keyword: String, _ pointer: SchemaPlace, _ reason: String = "") -> GrammarError {
        schema(
            .unsupported, pointer,
            "keyword \(keyword.inQuotes()) is not supported" + (reason.isEmpty ? "" : " " + reason))
    }
}

extension JSONValue {
    /// A number without a fraction, also one that was written with one (`1.0`).
    var wholeNumber: Int? {
        switch self {
        case .integer(let number): number
        case .number(let number) where abs(number) <= 0x1p53: Int(exactly: number)
        default: nil
        }
    }

    /// Whether both are the same value to JSON Schema: numbers by what they are worth, objects whatever their order.
    func equals(_ other: JSONValue) -> Bool {
        switch (self, other) {
        case (.array(let own), .array(let others)):
            own.count == others.count && zip(own, others).allSatisfy { $0.equals($1) }
        case (.object(let own), .object(let others)):
            own.count == others.count
                && own.allSatisfy { member in
                    others.contains {
                        $0.name.utf8.elementsEqual(member.name.utf8) && $0.value.equals(member.value)
                    }
                }
        case (.string(let own), .string(let others)): own.utf8.elementsEqual(others.utf8)
        case (.null, .null): true
        case (.bool(let own), .bool(let others)): own == others
        case (.integer(let own), .integer(let others)): own == others
        case (.number(let own), .number(let others)): own == others
        case (.integer(let whole), .number(let number)), (.number(let number), .integer(let whole)):
            Int(exactly: number) == whole
        default: false
        }
    }

    /// How many values there are, this one included, and about how many bytes they take.
    ///
    /// - Throws: `GrammarError` where they lie in each other deeper than `depth`.
    func size(depth: Int) throws(GrammarError) -> (values: Int, bytes: Int) {
        var (values, bytes) = (1, text?.utf8.count ?? 4)
        guard depth > 0 else { throw GrammarError(.tooLarge, "the schema has too many levels") }
        for element in elements ?? [] {
            let size = try element.size(depth: depth - 1)
            (values, bytes) = (values + size.values, bytes + size.bytes + 1)
        }
        for member in members ?? [] {
            let size = try member.value.size(depth: depth - 1)
            (values, bytes) = (values + size.values, bytes + size.bytes + member.name.utf8.count + 4)
        }
        return (values, bytes)
    }

    /// Whether a number was read as the nearest one that can be held, which may be another.
    var hasRoundedNumber: Bool {
        switch self {
        case .number(let number): abs(number) >= 0x1p53
        case .array(let elements): elements.contains { $0.hasRoundedNumber }
        case .object(let members): members.contains { $0.value.hasRoundedNumber }
        default: false
        }
    }
}
