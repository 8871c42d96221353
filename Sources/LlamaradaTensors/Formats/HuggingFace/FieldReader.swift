import LlamaradaErrors

/// Reads the fields of a JSON file, each of a kind and within bounds; errors name the file and the field.
struct FieldReader: Sendable {
    let file: String
    let root: JSONValue

    init(file: String, root: JSONValue) {
        self.file = file
        self.root = root
    }

    /// The value of a field; nil where it is not there or null.
    subscript(_ name: String) -> JSONValue? {
        guard let value = root[name], value != .null else { return nil }
        return value
    }

    /// The fields of an object within this one; nil where there is none.
    func object(_ name: String) throws(CheckpointError) -> FieldReader? {
        guard let value = self[name] else { return nil }
        guard value.members != nil else { throw invalid(name, "an object") }
        return FieldReader(file: file, root: value)
    }

    /// An integer; without a default the field must be there.
    func integer(_ name: String, in bounds: ClosedRange<Int>, default: Int? = nil) throws(CheckpointError) -> Int {
        guard let value = self[name] else {
            if let `default` { return `default` }
            throw invalid(name, "an integer")
        }
        guard let number = value.integer, bounds.contains(number) else {
            throw invalid(name, "an integer from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return number
    }

    /// A number; without a default the field must be there.
    func number(
        _ name: String, in bounds: ClosedRange<Double>, default: Double? = nil
    ) throws(CheckpointError) -> Double {
        guard let value = self[name] else {
            if let `default` { return `default` }
            throw invalid(name, "a number")
        }
        guard let number = value.number, bounds.contains(number) else {
            throw invalid(name, "a number from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return number
    }

    func flag(_ name: String, default: Bool) throws(CheckpointError) -> Bool {
        guard let value = self[name] else { return `default` }
        guard case .bool(let flag) = value else { throw invalid(name, "true or false") }
        return flag
    }

    func text(_ name: String) throws(CheckpointError) -> String? {
        guard let value = self[name] else { return nil }
        guard let text = value.text else { throw invalid(name, "a text") }
        return text
    }

    func invalid(_ name: String, _ expected: String) -> CheckpointError {
        let found = root[name].map { String($0.encoded.prefix(80)) } ?? "nothing"
        return CheckpointError(
            .invalid, file: file, problem: "'\(name)': expected \(expected), found \(found)", remedy: .fetchAgain)
    }

    func unsupported(_ problem: String) -> CheckpointError {
        CheckpointError(.unsupported, file: file, problem: problem, remedy: .supportedModel(insteadOf: file))
    }
}

extension JSONValue {
    /// A number with or without a fraction.
    fileprivate var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }
}
