extension Interpreter {
    /// What an entry costs that stays until the end of the rendering.
    static let tableSteps = 16

    /// A macro as a value; it sees the variables around it as they are when it is called.
    func define(_ macro: Macro) throws(TemplateError) -> TemplateValue {
        try charge(Self.tableSteps)
        macros.append((macro, scope))
        return .object(TemplateObject(.macro(macros.count - 1)))
    }

    /// Calls a value.
    func call(_ callee: TemplateValue, _ arguments: CallArguments) throws(TemplateError) -> TemplateValue {
        switch callee {
        case .undefined(let missing): throw missing.error
        case .object(let object):
            switch object.identity {
            case .macro(let index): return .string(try call(macros[index].macro, macros[index].scope, arguments))
            case .function(let name): return try Functions.call(name, arguments, self)
            case .method(.object(let loop), let name):
                guard case .loop(let number) = loop.identity else { break }
                return try callLoop(number, name, arguments)
            case .method(let value, let name):
                return try Methods.call(
                    FilterCall(name: name.description, value: value, arguments: arguments, interpreter: self), name)
            case .loop(let number): return .string(try callLoop(number, arguments))
            case .namespace: break
            }
            fallthrough
        default: throw TemplateError(.value, "'\(callee.typeName)' object is not callable")
        }
    }

    private func call(
        _ macro: Macro, _ surroundings: Scope, _ arguments: CallArguments
    ) throws(TemplateError) -> TemplateText {
        try charge(macro.parameters.count * (1 + arguments.named.count))
        let inner = Scope(in: surroundings)
        var arguments = arguments
        var missing: [Macro.Parameter] = []
        for (place, parameter) in macro.parameters.enumerated() {
            if place < arguments.positional.count {
                inner[parameter.name] = arguments.positional[place]
            } else if let value = arguments.takeNamed(parameter.name) {
                inner[parameter.name] = value
            } else {
                inner[parameter.name] = .undefined(.other("parameter '\(parameter.name)' was not provided"))
                missing.append(parameter)
            }
        }
        try giveRest(of: arguments, macro, to: inner)
        return try captured(in: inner) { () throws(TemplateError) in
            // Standard values see the parameters before them.
            for parameter in missing {
                if let standard = parameter.standard { inner[parameter.name] = try evaluate(standard) }
            }
            return try run(macro.body)
        }.text
    }

    /// Gives the special variables to a macro that reads them, and refuses arguments that nobody takes.
    private func giveRest(
        of arguments: CallArguments, _ macro: Macro, to scope: Scope
    ) throws(TemplateError) {
        var arguments = arguments
        if macro.reads.contains(.caller), !macro.parameters.contains(where: { $0.name == "caller" }) {
            scope["caller"] = arguments.takeNamed("caller") ?? .undefined(.other("No caller defined"))
        }
        if macro.reads.contains(.named) {
            scope["kwargs"] = .dictionary(
                TemplateDictionary(arguments.named.map { (.string($0.name), $0.value) }))
        } else if let first = arguments.named.first {
            throw TemplateError(.value, "macro '\(macro.name)' takes no keyword argument '\(first.name)'")
        }
        if macro.reads.contains(.positional) {
            scope["varargs"] = .tuple(Array(arguments.positional.dropFirst(macro.parameters.count)))
        } else if arguments.positional.count > macro.parameters.count {
            throw TemplateError(
                .value, "macro '\(macro.name)' takes not more than \(macro.parameters.count) argument(s)")
        }
    }
}
