/// A value and the arguments with which a filter, a test or a method is called on it.
struct FilterCall {
    let name: String
    let value: TemplateValue
    let arguments: CallArguments
    let interpreter: Interpreter

    /// The arguments of these parameters, nil where one is not given.
    func bind(_ parameters: TemplateText..., required: Int = 0) throws(TemplateError) -> [TemplateValue?] {
        try arguments.bound(to: parameters, of: name, required: required)
    }

    /// Refuses arguments.
    func bindNothing() throws(TemplateError) { _ = try bind() }

    /// The value as `soft_str` gives it: what filters of text work on.
    func text() throws(TemplateError) -> TemplateText {
        let text = try interpreter.str(value)
        try interpreter.charge(text.bytes.count / 8)
        return text
    }

    /// The elements of the value.
    func items() throws(TemplateError) -> [TemplateValue] { try interpreter.items(of: value) }

    func builder() -> TextBuilder { interpreter.builder }

    func error(_ message: String) -> TemplateError { TemplateError(.value, message) }
}

extension TemplateValue? {
    /// A text, or what stands for one that is not given or None.
    func text(or standard: TemplateText) throws(TemplateError) -> TemplateText {
        switch self {
        case nil, .some(.none): return standard
        case .some(.string(let text)): return text
        case .some(let other): throw TemplateError(.value, "expected a string, got '\(other.typeName)'")
        }
    }

    /// An integer, or what stands for one that is not given or None.
    func integer(or standard: Int) throws(TemplateError) -> Int {
        switch self {
        case nil, .some(.none): return standard
        case .some(let value):
            guard let number = value.integer else {
                throw TemplateError(.value, "'\(value.typeName)' object cannot be interpreted as an integer")
            }
            return number
        }
    }

    /// Whether it is given and true.
    var isTrue: Bool { self.map(\.isTrue) ?? false }

    /// Nil where it is None.
    var present: TemplateValue? { if case .some(.none) = self { nil } else { self } }
}
