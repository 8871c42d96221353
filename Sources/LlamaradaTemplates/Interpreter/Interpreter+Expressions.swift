extension Interpreter {
    /// The value of an expression; `caller` goes with the last call in it.
    func evaluate(_ expression: Expression, caller: TemplateValue? = nil) throws(TemplateError) -> TemplateValue {
        switch expression {
        // The two that are everywhere cannot nest.
        case .constant(let value):
            try charge()
            return value
        case .name(let name):
            try charge()
            return value(of: name)
        default:
            return try nested { () throws(TemplateError) in
                let value = try evaluateInside(expression, caller: caller)
                return value
            }
        }
    }

    private func value(of name: TemplateText) -> TemplateValue {
        if let value = scope[name] { return value }
        return Functions.names.contains(name)
            ? .object(TemplateObject(.function(name.description))) : .missing(name)
    }

    private func evaluateInside(
        _ expression: Expression, caller: TemplateValue?
    ) throws(TemplateError) -> TemplateValue {
        switch expression {
        case .constant(let value): return value
        case .name(let name): return value(of: name)
        case .list(let items): return try made(.list(evaluate(items)))
        case .tuple(let items): return try made(.tuple(evaluate(items)))
        case .dictionary(let entries): return try dictionary(entries)
        case .chain(let base, let links): return try follow(evaluate(base), links, caller: caller)
        case .negative(let value): return try negated(evaluate(value))
        case .positive(let value): return try positive(evaluate(value))
        case .not(let value): return .boolean(try !evaluate(value).isTrue)
        case .arithmetic(let first, let rest):
            var value = try evaluate(first)
            for (sign, operand) in rest { value = try made(compute(value, sign, evaluate(operand))) }
            return value
        case .concatenation(let operands): return try concatenated(operands)
        case .comparison(let first, let rest): return .boolean(try holds(first, rest))
        case .all(let operands): return try decided(operands, by: false)
        case .any(let operands): return try decided(operands, by: true)
        case .conditional(let value, let alternatives): return try chosen(value, alternatives)
        }
    }

    /// A value that was just made, if it may be.
    func made(_ value: TemplateValue) throws(TemplateError) -> TemplateValue {
        try charge(making: value)
        return value
    }

    func evaluate(_ expressions: [Expression]) throws(TemplateError) -> [TemplateValue] {
        try expressions.map { (expression) throws(TemplateError) in try evaluate(expression) }
    }

    private func dictionary(_ entries: [(key: Expression, value: Expression)]) throws(TemplateError) -> TemplateValue {
        var pairs: [(TemplateValue, TemplateValue)] = []
        for (key, value) in entries {
            let key = try evaluate(key)
            try requireHashable(key)
            pairs.append((key, try evaluate(value)))
        }
        return try made(.dictionary(TemplateDictionary(pairs)))
    }

    /// A key of a dictionary must never change.
    func requireHashable(_ key: TemplateValue) throws(TemplateError) {
        try charge(key.size)
        guard key.isHashable else { throw TemplateError(.value, "unhashable type: '\(key.typeName)'") }
    }

    private func concatenated(_ operands: [Expression]) throws(TemplateError) -> TemplateValue {
        var builder = builder
        for operand in operands { try builder.append(str(evaluate(operand))) }
        return try made(.string(builder.text))
    }

    /// The first operand whose truth decides, or the last.
    private func decided(_ operands: [Expression], by truth: Bool) throws(TemplateError) -> TemplateValue {
        var value = TemplateValue.none
        for operand in operands {
            value = try evaluate(operand)
            if value.isTrue == truth { break }
        }
        return value
    }

    /// The last condition is the outermost one.
    private func chosen(
        _ value: Expression, _ alternatives: [(condition: Expression, otherwise: Expression?)]
    ) throws(TemplateError) -> TemplateValue {
        for (condition, otherwise) in alternatives.reversed() where try !evaluate(condition).isTrue {
            guard let otherwise else {
                return .undefined(
                    .other("the inline if-expression evaluated to false and no else section was defined."))
            }
            return try evaluate(otherwise)
        }
        return try evaluate(value)
    }

    private func holds(
        _ first: Expression, _ rest: [(sign: ComparisonOperator, operand: Expression)]
    ) throws(TemplateError) -> Bool {
        var left = try evaluate(first)
        for (sign, operand) in rest {
            let right = try evaluate(operand)
            guard try compare(left, sign, right) else { return false }
            left = right
        }
        return true
    }
}
