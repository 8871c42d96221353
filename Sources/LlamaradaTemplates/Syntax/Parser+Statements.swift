extension Parser {
    /// A block that begins with a word, up to the end of its last tag, which stays.
    mutating func statement(_ word: TemplateText) throws(TemplateError) -> Statement.Kind {
        switch word {
        case "if": return try choice()
        case "for": return .loop(try forLoop())
        case "set": return try assignment()
        case "macro": return .macro(try macro())
        case "call": return try callBlock()
        case "filter":
            let filters = try filterChain()
            return .filter(filters, try block(until: "endfilter"))
        case "with": return try withBlock()
        // What transformers marks as the model's own words is printed as it stands.
        case "generation":
            return .block(
                [],
                try outsideLoops { (parser) throws(TemplateError) in
                    try parser.block(until: "endgeneration")
                })
        case "break", "continue":
            guard loops > 0 else { throw error("'\(word)' outside of a loop") }
            return word == "break" ? .leaveLoop : .nextIteration
        case "include", "import", "from", "extends", "block", "autoescape":
            throw TemplateError(.unsupported, "the tag '\(word)'", line: current.line)
        default: throw error("Encountered unknown tag '\(word)'")
        }
    }

    private mutating func choice() throws(TemplateError) -> Statement.Kind {
        var branches: [(condition: Expression, body: [Statement])] = []
        while true {
            let condition = try tuple(allowingCondition: false)
            try endTag()
            let (body, word) = try body(until: ["elif", "else", "endif"])
            branches.append((condition, body))
            switch word {
            case "elif": continue
            case "else": return .choice(branches, otherwise: try block(until: "endif"))
            default: return .choice(branches, otherwise: [])
            }
        }
    }

    private mutating func forLoop() throws(TemplateError) -> ForLoop {
        loops += 1
        let target = try target()
        guard takes(word: "in") else { throw unexpected("'in'") }
        var loop = ForLoop(target: target, values: try tuple(allowingCondition: false, endingAt: "recursive"))
        if takes(word: "if") { loop.condition = try expression() }
        loop.isRecursive = takes(word: "recursive")
        try endTag()
        let (body, word) = try body(until: ["endfor", "else"])
        loops -= 1
        loop.body = body
        if word == "else" { loop.otherwise = try block(until: "endfor") }
        return loop
    }

    private mutating func assignment() throws(TemplateError) -> Statement.Kind {
        let target = try target()
        if takes("=") { return .assignment(target, try tuple()) }
        var filters: [Link] = []
        while takes("|") { filters.append(try filter()) }
        return .capture(target, filters, try block(until: "endset"))
    }

    private mutating func macro() throws(TemplateError) -> Macro {
        let name = try name()
        let parameters = try parameters()
        return try macro(named: name, parameters, until: "endmacro")
    }

    /// `(name, name = value)`
    private mutating func parameters() throws(TemplateError) -> [Macro.Parameter] {
        var parameters: [Macro.Parameter] = []
        try expect("(")
        while !takes(")") {
            if !parameters.isEmpty { try expect(",") }
            let name = try assignableName()
            if takes("=") {
                parameters.append(.init(name: name, standard: try expression()))
            } else if parameters.last?.standard != nil {
                throw error("non-default argument follows default argument")
            } else {
                parameters.append(.init(name: name))
            }
        }
        return parameters
    }

    private mutating func macro(
        named name: TemplateText, _ parameters: [Macro.Parameter], until end: TemplateText
    ) throws(TemplateError) -> Macro {
        specials.append([])
        let body = try outsideLoops { (parser) throws(TemplateError) in try parser.block(until: end) }
        return Macro(name: name, parameters: parameters, body: body, reads: specials.popLast() ?? [])
    }

    private mutating func callBlock() throws(TemplateError) -> Statement.Kind {
        let parameters = isAt("(") ? try parameters() : []
        let callee = try expression()
        guard case .chain(_, let links) = callee, case .call? = links.last else { throw error("expected call") }
        return .call(callee, body: try macro(named: "caller", parameters, until: "endcall"))
    }

    private mutating func withBlock() throws(TemplateError) -> Statement.Kind {
        var values: [(target: Target, value: Expression)] = []
        while current.kind != .blockEnd {
            if !values.isEmpty { try expect(",") }
            let target = Target.name(try assignableName())
            try expect("=")
            values.append((target, try expression()))
        }
        return .block(values, try block(until: "endwith"))
    }

    /// Parses what is a function of its own, so that no loop around it can be left from inside.
    private mutating func outsideLoops<Result>(
        _ parse: (inout Parser) throws(TemplateError) -> Result
    ) throws(TemplateError) -> Result {
        let outer = loops
        loops = 0
        defer { loops = outer }
        return try parse(&self)
    }

    // MARK: Targets

    /// A name, a namespace's attribute, or a tuple of such.
    private mutating func target() throws(TemplateError) -> Target {
        let first = try singleTarget()
        var targets = [first]
        var isTuple = false
        while takes(",") {
            isTuple = true
            if isAt(")") { break }
            targets.append(try singleTarget())
        }
        return isTuple ? .tuple(targets) : first
    }

    private mutating func singleTarget() throws(TemplateError) -> Target {
        if takes("(") {
            let inner = try nested { (parser) throws(TemplateError) in try parser.target() }
            try expect(")")
            return inner
        }
        let name = try assignableName()
        return takes(".") ? .attribute(of: name, try self.name()) : .name(name)
    }

    private mutating func assignableName() throws(TemplateError) -> TemplateText {
        let name = try name()
        let constants: [TemplateText] = ["true", "false", "none", "True", "False", "None"]
        guard !constants.contains(name) else { throw error("can't assign to '\(name)'") }
        guard loops == 0 || name != "loop" else {
            throw error("Can't assign to special loop variable in for-loop target")
        }
        return name
    }
}
