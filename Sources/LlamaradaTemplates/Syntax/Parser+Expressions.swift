extension Parser {
    private static let comparisons: [ComparisonOperator] = [
        .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual,
    ]

    /// An expression, or several with commas between them, which are a tuple.
    mutating func tuple(
        allowingCondition: Bool = true, endingAt word: TemplateText? = nil, inParentheses: Bool = false
    ) throws(TemplateError) -> Expression {
        var items: [Expression] = []
        var isTuple = false
        while true {
            if endsTuple(word) { break }
            items.append(try expression(allowingCondition: allowingCondition))
            guard takes(",") else { break }
            isTuple = true
        }
        if !isTuple, let only = items.first { return only }
        guard isTuple || inParentheses else { throw unexpected("an expression") }
        return .tuple(items)
    }

    private func endsTuple(_ word: TemplateText?) -> Bool {
        isAt(")") || current.kind == .blockEnd || current.kind == .outputEnd || word.map { isAt(word: $0) } == true
    }

    /// `value if condition else other`, or anything that binds tighter.
    mutating func expression(allowingCondition: Bool = true) throws(TemplateError) -> Expression {
        try nested { (parser) throws(TemplateError) in
            let value = try parser.disjunction()
            guard allowingCondition, parser.isAt(word: "if") else { return value }
            var alternatives: [(condition: Expression, otherwise: Expression?)] = []
            while parser.takes(word: "if") {
                let condition = try parser.disjunction()
                alternatives.append((condition, parser.takes(word: "else") ? try parser.expression() : nil))
            }
            return .conditional(value, alternatives)
        }
    }

    private mutating func disjunction() throws(TemplateError) -> Expression {
        var operands = [try conjunction()]
        while takes(word: "or") { operands.append(try conjunction()) }
        return operands.count == 1 ? operands[0] : .any(operands)
    }

    private mutating func conjunction() throws(TemplateError) -> Expression {
        var operands = [try negation()]
        while takes(word: "and") { operands.append(try negation()) }
        return operands.count == 1 ? operands[0] : .all(operands)
    }

    private mutating func negation() throws(TemplateError) -> Expression {
        guard takes(word: "not") else { return try comparison() }
        return .not(try nested { (parser) throws(TemplateError) in try parser.negation() })
    }

    private mutating func comparison() throws(TemplateError) -> Expression {
        let first = try sum()
        var rest: [(sign: ComparisonOperator, operand: Expression)] = []
        while let sign = takesComparison() { rest.append((sign, try sum())) }
        return rest.isEmpty ? first : .comparison(first, rest)
    }

    private mutating func takesComparison() -> ComparisonOperator? {
        if let sign = Self.comparisons.first(where: { isAt($0.rawValue) }) {
            advance()
            return sign
        }
        if takes(word: "in") { return .contained }
        guard isAt(word: "not"), next.kind == .name("in") else { return nil }
        advance()
        advance()
        return .notContained
    }

    // Unlike in Python, "~" binds tighter than "+", and "**" groups from the left.

    private mutating func sum() throws(TemplateError) -> Expression {
        try leftChain([.add, .subtract]) { (parser) throws(TemplateError) in try parser.concatenation() }
    }

    private mutating func concatenation() throws(TemplateError) -> Expression {
        var operands = [try product()]
        while takes("~") { operands.append(try product()) }
        return operands.count == 1 ? operands[0] : .concatenation(operands)
    }

    private mutating func product() throws(TemplateError) -> Expression {
        try leftChain([.multiply, .divide, .floorDivide, .modulo]) { (parser) throws(TemplateError) in
            try parser.power()
        }
    }

    private mutating func power() throws(TemplateError) -> Expression {
        try leftChain([.power]) { (parser) throws(TemplateError) in try parser.unary(allowingFilters: true) }
    }

    private mutating func leftChain(
        _ signs: [ArithmeticOperator], _ operand: (inout Parser) throws(TemplateError) -> Expression
    ) throws(TemplateError) -> Expression {
        let first = try operand(&self)
        var rest: [(sign: ArithmeticOperator, operand: Expression)] = []
        while let sign = signs.first(where: { isAt($0.rawValue) }) {
            advance()
            rest.append((sign, try operand(&self)))
        }
        return rest.isEmpty ? first : .arithmetic(first, rest)
    }

    private mutating func unary(allowingFilters: Bool) throws(TemplateError) -> Expression {
        let value: Expression
        if takes("-") {
            value = .negative(try nested { (parser) throws(TemplateError) in try parser.unary(allowingFilters: false) })
        } else if takes("+") {
            value = .positive(try nested { (parser) throws(TemplateError) in try parser.unary(allowingFilters: false) })
        } else {
            value = try primary()
        }
        var links = try postfixes()
        if allowingFilters { links += try filtersAndTests() }
        return links.isEmpty ? value : .chain(value, links)
    }

    /// A name, a literal, or an expression in brackets.
    mutating func primary() throws(TemplateError) -> Expression {
        let token = current
        switch token.kind {
        case .name(let name):
            advance()
            return constant(name) ?? variable(name)
        case .string:
            return .constant(.string(joinedStrings()))
        case .integer(let number):
            advance()
            return .constant(.integer(number))
        case .double(let number):
            advance()
            return .constant(.double(number))
        case .sign("("):
            advance()
            let value = try tuple(inParentheses: true)
            try expect(")")
            return value
        case .sign("["):
            advance()
            return .list(try items(until: "]") { (parser) throws(TemplateError) in try parser.expression() })
        case .sign("{"):
            advance()
            return .dictionary(try items(until: "}") { (parser) throws(TemplateError) in try parser.entry() })
        default: throw error("unexpected '\(token.description)'")
        }
    }

    private func constant(_ name: TemplateText) -> Expression? {
        switch name {
        case "true", "True": .constant(.boolean(true))
        case "false", "False": .constant(.boolean(false))
        case "none", "None": .constant(.none)
        default: nil
        }
    }

    private mutating func variable(_ name: TemplateText) -> Expression {
        let special: Macro.Special? =
            switch name {
            case "caller": .caller
            case "varargs": .positional
            case "kwargs": .named
            default: nil
            }
        if let special {
            for index in specials.indices { specials[index].insert(special) }
        }
        return .name(name)
    }

    /// Strings side by side are one.
    private mutating func joinedStrings() -> TemplateText {
        var bytes: [UInt8] = []
        while case .string(let text) = current.kind {
            bytes += text.bytes
            advance()
        }
        return TemplateText(bytes: bytes)
    }

    private mutating func entry() throws(TemplateError) -> (key: Expression, value: Expression) {
        let key = try expression()
        try expect(":")
        return (key, try expression())
    }

    private mutating func items<Item>(
        until close: String, _ item: (inout Parser) throws(TemplateError) -> Item
    ) throws(TemplateError) -> [Item] {
        var items: [Item] = []
        while !takes(close) {
            if !items.isEmpty {
                try expect(",")
                if takes(close) { break }
            }
            items.append(try item(&self))
        }
        return items
    }
}
