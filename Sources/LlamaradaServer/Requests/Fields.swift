import LlamaradaTensors

/// The fields of a request's document, each read as what it must be. Fields that nobody asks for are ignored, and null is
/// as good as absent.
struct Fields {
    private let values: [String: JSONValue]

    /// Reads a body.
    ///
    /// - Throws: `APIError` where it is no JSON object.
    init(body: [UInt8]) throws(APIError) {
        let document: JSONValue
        do throws(JSONParser.SyntaxError) {
            document = try JSONValue(body, largestDepth: 100)
        } catch {
            throw .invalid("The body is no JSON: byte \(error.position): expected \(error.expected).")
        }
        guard let members = document.members else { throw .invalid("The body must be a JSON object.") }
        self.init(members)
    }

    /// Takes the members of an object.
    init(_ members: [JSONValue.Member]) {
        values = Dictionary(members.map { ($0.name, $0.value) }) { $1 }
    }

    /// A value of whatever kind; nil where it is absent or null.
    subscript(_ name: String) -> JSONValue? {
        guard let value = values[name], value != .null else { return nil }
        return value
    }

    /// A whole number.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let value = self[name] else { return nil }
        guard let number = value.wholeNumber else { throw Self.wrong(name, "a whole number", value) }
        guard range.contains(number) else {
            throw .invalid("'\(name)' must be \(Self.words(range)), not \(number).", name)
        }
        return number
    }

    /// A number.
    func number(_ name: String, in range: ClosedRange<Double>) throws(APIError) -> Double? {
        guard let value = self[name] else { return nil }
        guard let number = value.double else { throw Self.wrong(name, "a number", value) }
        guard range.contains(number) else {
            throw .invalid("'\(name)' must be from \(range.lowerBound) to \(range.upperBound), not \(number).", name)
        }
        return number
    }

    /// True or false.
    func flag(_ name: String, default other: Bool = false) throws(APIError) -> Bool {
        guard let value = self[name] else { return other }
        guard case .bool(let flag) = value else { throw Self.wrong(name, "true or false", value) }
        return flag
    }

    /// A text.
    func text(_ name: String) throws(APIError) -> String? {
        guard let value = self[name] else { return nil }
        guard let text = value.text else { throw Self.wrong(name, "a text", value) }
        return text
    }

    /// A text or a list of texts.
    func texts(_ name: String, atMost count: Int) throws(APIError) -> [String] {
        guard let value = self[name] else { return [] }
        if let text = value.text { return [text] }
        guard let elements = value.elements else { throw Self.wrong(name, "a text or a list of texts", value) }
        guard elements.count <= count else { throw .invalid("'\(name)' has more than \(count) elements.", name) }
        var texts: [String] = []
        for element in elements {
            guard let text = element.text else { throw Self.wrong(name, "a list of texts", element) }
            texts.append(text)
        }
        return texts
    }

    /// An object's fields.
    func object(_ name: String) throws(APIError) -> Fields? {
        guard let value = self[name] else { return nil }
        guard let members = value.members else { throw Self.wrong(name, "an object", value) }
        return Fields(members)
    }

    /// A field is of the wrong kind.
    static func wrong(_ name: String, _ expected: String, _ found: JSONValue) -> APIError {
        .invalid("'\(name)' must be \(expected), not \(found.kind).", name)
    }

    private static func words(_ range: ClosedRange<Int>) -> String {
        range.upperBound >= Int(Int32.max)
            ? "\(range.lowerBound) or more" : "from \(range.lowerBound) to \(range.upperBound)"
    }
}

extension JSONValue {
    /// A number without a fraction, also one that was written with one (`1.0`).
    var wholeNumber: Int? {
        switch self {
        case .integer(let number): number
        // Beyond, a number with a fraction has lost which whole number it was.
        case .number(let number) where abs(number) <= 0x1p53: Int(exactly: number)
        default: nil
        }
    }

    /// A number.
    var double: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    /// What it is, for people.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .integer, .number: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
