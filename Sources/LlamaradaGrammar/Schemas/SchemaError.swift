import LlamaradaErrors
import LlamaradaTensors

extension GrammarError {
    /// What is wrong at a place of a schema.
    ///
    /// - Parameter pointer: the place as a JSON pointer (RFC 6901) behind `#`.
    static func schema(
        _ code: Code, _ pointer: String, _ problem: String, remedy: Remedy = .noneKnown
    ) -> GrammarError {
        GrammarError(code, "the schema at \(("#" + pointer).inQuotes(most: 200)): \(problem)", remedy: remedy)
    }

    static func unsupported(_ keyword: String, _ pointer: String, _ reason: String = "") -> GrammarError {
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

    var double: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
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
        default:
            if let own = double, let others = other.double { own == others } else { false }
        }
    }
}
