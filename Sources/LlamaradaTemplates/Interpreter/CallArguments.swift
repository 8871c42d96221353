/// The arguments of a call.
struct CallArguments {
    var positional: [TemplateValue] = []
    var named: [(name: TemplateText, value: TemplateValue)] = []

    /// Takes out the argument of a name.
    mutating func takeNamed(_ name: TemplateText) -> TemplateValue? {
        named.firstIndex { $0.name == name }.map { named.remove(at: $0).value }
    }

    /// The arguments as parameters take them, nil where one is not given.
    func bound(
        to parameters: [TemplateText], of callee: String, required: Int
    ) throws(TemplateError) -> [TemplateValue?] {
        guard positional.count <= parameters.count else {
            throw TemplateError(
                .value, "\(callee)() takes at most \(parameters.count) arguments (\(positional.count) given)")
        }
        var values: [TemplateValue?] = positional
        values += Array(repeating: nil, count: parameters.count - positional.count)
        for (name, value) in named {
            guard let place = parameters.firstIndex(of: name) else {
                throw TemplateError(.value, "\(callee)() got an unexpected keyword argument '\(name)'")
            }
            guard values[place] == nil else {
                throw TemplateError(.value, "\(callee)() got multiple values for argument '\(name)'")
            }
            values[place] = value
        }
        for place in 0..<required where values[place] == nil {
            throw TemplateError(.value, "\(callee)() missing a required argument: '\(parameters[place])'")
        }
        return values
    }
}
