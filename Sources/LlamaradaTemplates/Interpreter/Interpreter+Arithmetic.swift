// Numbers as Python computes with them, but integers of 64 bits: what does not fit is an error, never another number.

extension Interpreter {
    /// `left sign right`
    func compute(
        _ left: TemplateValue, _ sign: ArithmeticOperator, _ right: TemplateValue
    ) throws(TemplateError) -> TemplateValue {
        if sign == .modulo, case .string(let format) = left {
            return .string(try Printf.format(format, right, self))
        }
        if case .undefined(let missing) = left { throw missing.error }
        if case .undefined(let missing) = right { throw missing.error }
        if let one = left.integer, let other = right.integer { return try compute(one, sign, other) }
        if let one = left.double, let other = right.double { return .double(try compute(one, sign, other)) }
        switch (sign, left, right) {
        case (.add, .string(let one), .string(let other)):
            var builder = builder
            try builder.append(one)
            try builder.append(other)
            return .string(builder.text)
        case (.add, .list(let one), .list(let other))
        where one.kind == other.kind && (one.kind == .list || one.kind == .tuple):
            try charge(one.items.count + other.items.count)
            return .list(TemplateList(one.items + other.items, one.kind))
        case (.multiply, _, _):
            if let count = right.integer, let value = try repeated(left, count) { return value }
            if let count = left.integer, let value = try repeated(right, count) { return value }
        default: break
        }
        throw TemplateError(
            .value, "unsupported operand type(s) for \(sign.rawValue): '\(left.typeName)' and '\(right.typeName)'")
    }

    private func repeated(_ value: TemplateValue, _ count: Int) throws(TemplateError) -> TemplateValue? {
        switch value {
        case .string(let text):
            var builder = builder
            try builder.append(text, count: count)
            return .string(builder.text)
        case .list(let list) where list.kind == .list || list.kind == .tuple:
            guard count > 0, !list.items.isEmpty else { return .list(TemplateList([], list.kind)) }
            let (total, overflow) = list.items.count.multipliedReportingOverflow(by: count)
            try charge(overflow ? .max : total)
            return .list(TemplateList((0..<count).flatMap { _ in list.items }, list.kind))
        default: return nil
        }
    }

    private func compute(_ left: Int, _ sign: ArithmeticOperator, _ right: Int) throws(TemplateError) -> TemplateValue {
        switch sign {
        case .add: return .integer(try fitting(left.addingReportingOverflow(right)))
        case .subtract: return .integer(try fitting(left.subtractingReportingOverflow(right)))
        case .multiply: return .integer(try fitting(left.multipliedReportingOverflow(by: right)))
        case .divide:
            guard right != 0 else { throw TemplateError(.value, "division by zero") }
            return .double(Double(left) / Double(right))
        case .floorDivide, .modulo:
            guard right != 0 else { throw TemplateError(.value, "integer division or modulo by zero") }
            let quotient = try fitting(left.dividedReportingOverflow(by: right))
            let rest = left - quotient * right
            let isBelow = rest != 0 && (rest < 0) != (right < 0)
            if sign == .floorDivide { return .integer(isBelow ? quotient - 1 : quotient) }
            return .integer(isBelow ? rest + right : rest)
        case .power:
            guard right >= 0 else { return .double(try compute(Double(left), .power, Double(right))) }
            return .integer(try power(left, right))
        }
    }

    /// By squaring, so that a large exponent costs nothing.
    private func power(_ base: Int, _ exponent: Int) throws(TemplateError) -> Int {
        var (result, square, rest) = (1, base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result = try fitting(result.multipliedReportingOverflow(by: square)) }
            rest >>= 1
            if rest > 0 { square = try fitting(square.multipliedReportingOverflow(by: square)) }
        }
        return result
    }

    private func fitting(_ result: (partialValue: Int, overflow: Bool)) throws(TemplateError) -> Int {
        guard !result.overflow else { throw TemplateError(.limit, "an integer of more than 64 bits") }
        return result.partialValue
    }

    private func compute(_ left: Double, _ sign: ArithmeticOperator, _ right: Double) throws(TemplateError) -> Double {
        switch sign {
        case .add: return left + right
        case .subtract: return left - right
        case .multiply: return left * right
        case .power: return try PythonFloat.power(left, right)
        case .divide, .floorDivide, .modulo:
            guard right != 0 else { throw TemplateError(.value, "float division by zero") }
            if sign == .divide { return left / right }
            let rest = left.truncatingRemainder(dividingBy: right)
            let isBelow = rest != 0 && (rest < 0) != (right < 0)
            if sign == .modulo {
                return rest == 0 ? Double(signOf: right, magnitudeOf: 0) : isBelow ? rest + right : rest
            }
            return ((left - rest) / right - (isBelow ? 1 : 0)).rounded()
        }
    }

    /// `-value`
    func negated(_ value: TemplateValue) throws(TemplateError) -> TemplateValue {
        if let number = value.integer { return .integer(try fitting(0.subtractingReportingOverflow(number))) }
        if case .double(let number) = value { return .double(-number) }
        throw badOperand(value, "-")
    }

    /// `+value`
    func positive(_ value: TemplateValue) throws(TemplateError) -> TemplateValue {
        if let number = value.integer { return .integer(number) }
        if case .double = value { return value }
        throw badOperand(value, "+")
    }

    private func badOperand(_ value: TemplateValue, _ sign: String) -> TemplateError {
        if case .undefined(let missing) = value { return missing.error }
        return TemplateError(.value, "bad operand type for unary \(sign): '\(value.typeName)'")
    }

    // MARK: Comparisons

    /// Whether `left sign right` holds.
    func compare(
        _ left: TemplateValue, _ sign: ComparisonOperator, _ right: TemplateValue
    ) throws(TemplateError) -> Bool {
        switch sign {
        case .equal: return try areEqual(left, right)
        case .notEqual: return try !areEqual(left, right)
        case .less: return try isOrdered(left, right, "<")
        case .greater: return try isOrdered(right, left, ">")
        case .lessOrEqual:
            if try isOrdered(left, right, "<=") { return true }
            return try areEqual(left, right)
        case .greaterOrEqual:
            if try isOrdered(right, left, ">=") { return true }
            return try areEqual(left, right)
        case .contained: return try contains(right, left)
        case .notContained: return try !contains(right, left)
        }
    }

    func areEqual(_ left: TemplateValue, _ right: TemplateValue) throws(TemplateError) -> Bool {
        try charge(min(left.size, right.size))
        return left == right
    }

    func isOrdered(_ left: TemplateValue, _ right: TemplateValue, _ sign: String) throws(TemplateError) -> Bool {
        try charge(min(left.size, right.size))
        return try left.isBefore(right, by: sign)
    }

    /// `value in container`
    func contains(_ container: TemplateValue, _ value: TemplateValue) throws(TemplateError) -> Bool {
        try charge(value.size)
        switch container {
        case .undefined: return false
        case .string(let text):
            guard case .string(let part) = value else {
                throw TemplateError(.value, "'in <string>' requires string as left operand, not \(value.typeName)")
            }
            try charge(text.bytes.count / 8)
            return text.firstPlace(of: part) != nil
        case .list(let list):
            try charge(list.size)
            return list.items.contains(value)
        case .dictionary(let dictionary):
            try requireHashable(value)
            return dictionary[value] != nil
        default: throw TemplateError(.value, "argument of type '\(container.typeName)' is not iterable")
        }
    }
}
