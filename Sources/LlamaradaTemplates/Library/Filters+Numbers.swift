extension Filters {
    @Sendable static func abs(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try call.bindNothing()
        if let number = call.value.integer {
            return number < 0 ? try call.interpreter.negated(call.value) : .integer(number)
        }
        if case .double(let number) = call.value { return .double(number.magnitude) }
        throw call.error("bad operand type for abs(): '\(call.value.typeName)'")
    }

    @Sendable static func int(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let given = try call.bind("default", "base")
        let standard = given[0] ?? 0
        let radix = try given[1].integer(or: 10)
        switch call.value {
        case .undefined(let missing): throw missing.error
        case .boolean, .integer: return .integer(call.value.integer ?? 0)
        case .double(let number):
            if number.isNaN { return standard }
            guard number.isFinite else { throw call.error("cannot convert float infinity to integer") }
            return .integer(try whole(number))
        case .string:
            let text = try call.text()
            if let number = PythonNumber.integer(text, radix: radix) { return .integer(number) }
            guard let number = PythonNumber.double(text), number.isFinite else { return standard }
            return .integer(try whole(number))
        default: return standard
        }
    }

    private static func whole(_ number: Double) throws(TemplateError) -> Int {
        guard let whole = Int(exactly: number.rounded(.towardZero)) else {
            throw TemplateError(.limit, "an integer of more than 64 bits")
        }
        return whole
    }

    @Sendable static func float(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let standard = try call.bind("default")[0] ?? 0.0
        switch call.value {
        case .undefined(let missing): throw missing.error
        case .string: return PythonNumber.double(try call.text()).map(TemplateValue.double) ?? standard
        default: return call.value.double.map(TemplateValue.double) ?? standard
        }
    }

    @Sendable static func round(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let given = try call.bind("precision", "method")
        let (precision, method) = (try given[0].integer(or: 0), try given[1].text(or: "common"))
        guard let number = call.value.double else {
            throw call.error("type \(call.value.typeName) doesn't define __round__ method")
        }
        guard method == "common" || method == "ceil" || method == "floor" else {
            throw call.error("method must be common, ceil or floor")
        }
        if method == "common" {
            if let number = call.value.integer { return .integer(try PythonNumber.rounded(number, precision)) }
            return .double(PythonFloat.rounded(number, precision))
        }
        let factor = try PythonFloat.power(10, Double(precision))
        let scaled = (number * factor).rounded(method == "ceil" ? .up : .down)
        guard scaled.isFinite else { throw call.error("cannot convert float infinity to integer") }
        return .double(scaled / factor)
    }
}

/// Numbers as Python reads them in texts.
enum PythonNumber {
    /// An integer with space around it, a sign, and "_" between digits; of bases 2, 8 and 16 with their prefixes.
    static func integer(_ text: TemplateText, radix: Int) -> Int? {
        guard (2...36).contains(radix), var digits = plainDigits(text) else { return nil }
        let isNegative = digits.first == UInt8(ascii: "-")
        if let sign = digits.first, Lexer.isSign(sign) { digits.removeFirst() }
        let prefixes = [2: "0b", 8: "0o", 16: "0x"]
        if let prefix = prefixes[radix],
            digits.starts(with: prefix.utf8) || digits.starts(with: prefix.uppercased().utf8)
        {
            digits.removeFirst(2)
        }
        guard let first = digits.first, !Lexer.isSign(first) else { return nil }
        return Int((isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self), radix: radix)
    }

    /// A number with a fraction, an exponent, or one of the words for what is none.
    static func double(_ text: TemplateText) -> Double? {
        guard let bytes = plainDigits(text) else { return nil }
        let word = String(decoding: bytes, as: UTF8.self).lowercased()
        // Swift also reads hexadecimal ones and "nan(…)".
        guard !word.contains("x"), !word.contains("p"), !word.contains("(") else { return nil }
        let digits = word.hasSuffix(".") ? word + "0" : word
        return Double(digits)
    }

    private static func plainDigits(_ text: TemplateText) -> [UInt8]? {
        let bytes = text.bytes[...].trimmingLeading(Whitespace.isSpace).trimmingTrailing(Whitespace.isSpace)
        let underscore = UInt8(ascii: "_")
        guard bytes.contains(underscore) else { return Array(bytes) }
        let groups = bytes.split(separator: underscore, omittingEmptySubsequences: false)
        let isGrouped = groups.allSatisfy { group in
            group.first.map { Unicode.Scalar($0).isAlphanumeric || Lexer.isSign($0) } == true
                && group.last.map { Unicode.Scalar($0).isAlphanumeric } == true
        }
        return isGrouped ? Array(groups.joined()) : nil
    }

    /// To a power of ten, halves to the even neighbour; nothing to do for digits behind the point.
    static func rounded(_ number: Int, _ precision: Int) throws(TemplateError) -> Int {
        guard precision < 0 else { return number }
        guard precision > -19 else { return 0 }
        let unit = (0 ..< -precision).reduce(1) { power, _ in power * 10 }
        let (quotient, rest) = number.quotientAndRemainder(dividingBy: unit)
        let half = unit / 2
        let isUp = rest.magnitude > half || rest.magnitude == half && quotient % 2 != 0
        let (result, overflow) = (quotient + (isUp ? number.signum() : 0)).multipliedReportingOverflow(by: unit)
        guard !overflow else { throw TemplateError(.limit, "an integer of more than 64 bits") }
        return result
    }
}
