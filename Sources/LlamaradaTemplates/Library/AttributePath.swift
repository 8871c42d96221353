/// What filters take as `attribute`: an index, or names and indices with dots between them.
struct AttributePath {
    private let parts: [TemplateValue]
    private let standard: TemplateValue?

    init(_ attribute: TemplateValue, standard: TemplateValue? = nil) throws(TemplateError) {
        self.standard = standard
        guard case .string(let text) = attribute else {
            parts = [attribute]
            return
        }
        parts = text.bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map { part in
            let name = TemplateText(bytes: part)
            return name.consists(of: \.isDecimal)
                ? Int(name.description).map(TemplateValue.integer) ?? .string(name)
                : .string(name)
        }
    }

    func value(of item: TemplateValue, _ interpreter: Interpreter) throws(TemplateError) -> TemplateValue {
        var value = item
        for part in parts {
            try interpreter.charge()
            value = try interpreter.item(part, of: value)
            if let standard, value.isUndefined { value = standard }
        }
        return value
    }
}

extension Interpreter {
    /// What sorting compares: texts in lower case, unless case counts.
    func sortingKey(_ value: TemplateValue, isSensitive: Bool) throws(TemplateError) -> TemplateValue {
        guard !isSensitive, case .string(let text) = value else { return value }
        try charge(text.bytes.count / 8)
        return .string(text.lowercased)
    }
}
