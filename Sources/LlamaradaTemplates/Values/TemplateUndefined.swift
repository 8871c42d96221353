/// What is not there, and why.
public struct TemplateUndefined: Sendable {
    indirect enum Reason: Sendable {
        /// No variable has the name.
        case variable(TemplateText)
        /// A value of that type has no such attribute or element; the key is a text or a number, never a list, since
        /// what is undefined must not hold what may hold something undefined.
        case member(TemplateValue, of: String)
        /// It is there, but not for templates.
        case forbidden(TemplateText, of: String)
        case other(String)
    }

    let reason: Reason

    /// The error of using it; made only when it is, since most of what is missing is only asked for.
    var error: TemplateError {
        switch reason {
        case .variable(let name): TemplateError(.undefined, "'\(name)' is undefined")
        case .member(.string(let name), let type):
            TemplateError(.undefined, "'\(type) object' has no attribute '\(name)'")
        case .member(let key, let type): TemplateError(.undefined, "\(type) object has no element \(key.shortRepr)")
        case .forbidden(let name, let type):
            TemplateError(.forbidden, "access to attribute '\(name)' of '\(type)' object is unsafe.")
        case .other(let text): TemplateError(.undefined, text)
        }
    }
}

extension TemplateValue {
    /// What is missing for the reason given.
    static func undefined(_ reason: TemplateUndefined.Reason) -> TemplateValue {
        .undefined(TemplateUndefined(reason: reason))
    }

    /// No variable of that name.
    static func missing(_ name: TemplateText) -> TemplateValue { .undefined(.variable(name)) }

    /// No such attribute or element of this value.
    func missing(_ key: TemplateValue) -> TemplateValue {
        switch key {
        case .none, .boolean, .integer, .double, .string: .undefined(.member(key, of: typeName))
        default: .undefined(.other("\(typeName) object has no such element"))
        }
    }
}
