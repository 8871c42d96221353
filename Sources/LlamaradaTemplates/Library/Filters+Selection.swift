extension Filters {
    /// Applies a filter to each element, or takes an attribute of each.
    @Sendable static func map(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let interpreter = call.interpreter
        guard call.value.isTrue else { return generator([]) }
        if call.arguments.positional.isEmpty {
            var arguments = call.arguments
            guard let attribute = arguments.takeNamed("attribute") else {
                throw call.error("map requires a filter argument")
            }
            let path = try AttributePath(attribute, standard: arguments.takeNamed("default").present)
            if let other = arguments.named.first {
                throw call.error("Unexpected keyword argument '\(other.name)'")
            }
            return generator(
                try call.items().map { (item) throws(TemplateError) in try path.value(of: item, interpreter) })
        }
        let (name, rest) = try split(call.arguments, interpreter)
        return generator(
            try call.items().map { (item) throws(TemplateError) in
                try interpreter.charge()
                return try interpreter.made(interpreter.filter(item, name, rest))
            })
    }

    @Sendable static func select(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try selected(call, hasAttribute: false, keeping: true)
    }

    @Sendable static func reject(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try selected(call, hasAttribute: false, keeping: false)
    }

    @Sendable static func selectattr(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try selected(call, hasAttribute: true, keeping: true)
    }

    @Sendable static func rejectattr(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try selected(call, hasAttribute: true, keeping: false)
    }

    /// The elements, or those whose attribute, passes a test; without one, those that are true.
    private static func selected(
        _ call: FilterCall, hasAttribute: Bool, keeping: Bool
    ) throws(TemplateError) -> TemplateValue {
        let interpreter = call.interpreter
        guard call.value.isTrue else { return generator([]) }
        var arguments = call.arguments
        var path: AttributePath?
        if hasAttribute {
            guard !arguments.positional.isEmpty else { throw call.error("Missing parameter for attribute name") }
            path = try AttributePath(arguments.positional.removeFirst())
        }
        let test = arguments.positional.isEmpty ? nil : try split(arguments, interpreter)
        var kept: [TemplateValue] = []
        for item in try call.items() {
            try interpreter.charge()
            let value = try path?.value(of: item, interpreter) ?? item
            let passes = try test.map { (test) throws(TemplateError) in
                try interpreter.test(value, test.name, test.rest)
            }
            if (passes ?? value.isTrue) == keeping { kept.append(item) }
        }
        return generator(kept)
    }

    /// The name of a filter or test, and its arguments.
    private static func split(
        _ arguments: CallArguments, _ interpreter: Interpreter
    ) throws(TemplateError) -> (name: String, rest: CallArguments) {
        var rest = arguments
        guard case .string(let name) = rest.positional.removeFirst() else {
            throw TemplateError(.value, "the name of a filter or test must be a string")
        }
        try interpreter.charge(name.bytes.count / 8)
        return (name.description, rest)
    }
}
