extension Interpreter {
    /// Applies what follows a value, from the left; `caller` goes with the last call.
    func follow(
        _ base: TemplateValue, _ links: [Link], caller: TemplateValue? = nil
    ) throws(TemplateError) -> TemplateValue {
        var value = base
        for (place, link) in links.enumerated() {
            try charge()
            value = try follow(value, link, caller: place == links.count - 1 ? caller : nil)
        }
        return value
    }

    private func follow(
        _ value: TemplateValue, _ link: Link, caller: TemplateValue?
    ) throws(TemplateError) -> TemplateValue {
        switch link {
        case .attribute(let name): return try attribute(name, of: value)
        case .item(let key): return try item(evaluate(key), of: value)
        case .slice(let start, let stop, let step):
            return try made(slice(value, bound(start), bound(stop), bound(step)))
        case .call(let list):
            var arguments = try evaluate(list)
            if let caller { arguments.named.append(("caller", caller)) }
            return try made(call(value, arguments))
        case .filter(let name, let list): return try made(filter(value, name, evaluate(list)))
        case .test(let name, let list, let isNegated):
            return .boolean(try test(value, name, evaluate(list)) != isNegated)
        }
    }

    private func bound(_ expression: Expression?) throws(TemplateError) -> TemplateValue {
        guard let expression else { return .none }
        return try evaluate(expression)
    }

    private func evaluate(_ list: ArgumentList) throws(TemplateError) -> CallArguments {
        var arguments = CallArguments(positional: try evaluate(list.positional))
        for (name, value) in list.named { try add(evaluate(value), name, to: &arguments) }
        if let rest = list.list { arguments.positional += try items(of: evaluate(rest)) }
        if let rest = list.dictionary {
            let rest = try evaluate(rest)
            guard case .dictionary(let dictionary) = rest else {
                if case .undefined(let missing) = rest { throw missing.error }
                throw TemplateError(.value, "argument after ** must be a mapping")
            }
            try charge(dictionary.count)
            for (key, value) in zip(dictionary.keys, dictionary.values) {
                guard let name = key.text else { throw TemplateError(.value, "keywords must be strings") }
                try add(value, name, to: &arguments)
            }
        }
        return arguments
    }

    private func add(
        _ value: TemplateValue, _ name: TemplateText, to arguments: inout CallArguments
    ) throws(TemplateError) {
        try charge(arguments.named.count + name.bytes.count / 8)
        guard !arguments.named.contains(where: { $0.name == name }) else {
            throw TemplateError(.value, "keyword argument repeated: \(name)")
        }
        arguments.named.append((name, value))
    }

    /// The value that a filter makes of another.
    func filter(
        _ value: TemplateValue, _ name: String, _ arguments: CallArguments
    ) throws(TemplateError) -> TemplateValue {
        guard let filter = Filters.named(name) else {
            throw TemplateError(.unsupported, "No filter named '\(name)'.")
        }
        // One level deeper, since filters apply filters: map('map', 'map', …).
        return try nested { () throws(TemplateError) in
            try filter(FilterCall(name: name, value: value, arguments: arguments, interpreter: self))
        }
    }

    func test(_ value: TemplateValue, _ name: String, _ arguments: CallArguments) throws(TemplateError) -> Bool {
        guard let test = Tests.named(name) else { throw TemplateError(.unsupported, "No test named '\(name)'.") }
        return try test(FilterCall(name: name, value: value, arguments: arguments, interpreter: self))
    }
}
