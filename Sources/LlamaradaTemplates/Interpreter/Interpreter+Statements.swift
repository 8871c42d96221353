extension Interpreter {
    /// Runs statements up to the end, or up to one that leaves the loop or the iteration.
    func run(_ statements: [Statement]) throws(TemplateError) -> Flow {
        for statement in statements {
            let flow = try at(statement.line) { () throws(TemplateError) in try run(statement.kind) }
            if flow != .goesOn { return flow }
        }
        return .goesOn
    }

    private func run(_ statement: Statement.Kind) throws(TemplateError) -> Flow {
        switch statement {
        case .text(let text):
            try write(text)
        case .output(let value): try write(str(evaluate(value)))
        case .loop(let loop): return try nested { () throws(TemplateError) in try run(loop) }
        case .choice(let branches, let otherwise):
            return try nested { () throws(TemplateError) in try run(branches, otherwise) }
        case .assignment(let target, let value):
            try requireNamespaces(in: target)
            try assign(evaluate(value), to: target)
        case .capture(let target, let filters, let body):
            let (text, flow) = try captured(in: Scope(in: scope)) { () throws(TemplateError) in try run(body) }
            if flow != .goesOn { return flow }
            try assign(follow(.string(text), filters), to: target)
        case .macro(let macro): scope[macro.name] = try define(macro)
        case .call(let callee, let body): try write(str(evaluate(callee, caller: define(body))))
        case .filter(let filters, let body):
            let (text, flow) = try captured(in: Scope(in: scope)) { () throws(TemplateError) in try run(body) }
            if flow != .goesOn { return flow }
            try write(str(follow(.string(text), filters)))
        case .block(let values, let body):
            return try nested { () throws(TemplateError) in try run(values, body) }
        case .leaveLoop: return .leavesLoop
        case .nextIteration: return .nextIteration
        }
        return .goesOn
    }

    private func run(
        _ branches: [(condition: Expression, body: [Statement])], _ otherwise: [Statement]
    ) throws(TemplateError) -> Flow {
        for (condition, body) in branches where try evaluate(condition).isTrue { return try run(body) }
        return try run(otherwise)
    }

    private func run(
        _ values: [(target: Target, value: Expression)], _ body: [Statement]
    ) throws(TemplateError) -> Flow {
        // Values see the variables around the block, not each other.
        let inner = Scope(in: scope)
        for (target, value) in values {
            let value = try evaluate(value)
            try inside(inner) { () throws(TemplateError) in try assign(value, to: target) }
        }
        return try inside(inner) { () throws(TemplateError) in try run(body) }
    }

    /// Refuses a target that names attributes of anything else, before the value is looked at.
    private func requireNamespaces(in target: Target) throws(TemplateError) {
        switch target {
        case .name: return
        case .attribute(let owner, _): _ = try namespace(owner)
        case .tuple(let targets): for target in targets { try requireNamespaces(in: target) }
        }
    }

    private func namespace(_ name: TemplateText) throws(TemplateError) -> Int {
        guard case .object(let object)? = scope[name], case .namespace(let index) = object.identity else {
            throw TemplateError(.value, "cannot assign attribute on non-namespace object")
        }
        return index
    }

    /// Gives a value to a variable, a namespace's attribute, or its elements to several of these.
    func assign(_ value: TemplateValue, to target: Target) throws(TemplateError) {
        switch target {
        case .name(let name): scope[name] = value
        case .attribute(let owner, let name): try setAttribute(name, of: namespace(owner), to: value)
        case .tuple(let targets):
            let items = try items(of: value)
            guard items.count == targets.count else {
                throw TemplateError(
                    .value,
                    "\(items.count < targets.count ? "not enough" : "too many") values to unpack"
                        + " (expected \(targets.count), got \(items.count))")
            }
            for (item, target) in zip(items, targets) { try assign(item, to: target) }
        }
    }

    /// Changes or adds an attribute of a namespace.
    func setAttribute(
        _ name: TemplateText, of namespace: Int, to value: TemplateValue
    ) throws(TemplateError) {
        guard name.bytes.first != UInt8(ascii: "_") else {
            throw TemplateError(.forbidden, "a namespace's attribute that begins with an underscore, '\(name)'")
        }
        let old = namespaces[namespace]
        try charge(old.count)
        namespaces[namespace] = TemplateDictionary(zip(old.keys, old.values) + [(.string(name), value)])
    }
}
