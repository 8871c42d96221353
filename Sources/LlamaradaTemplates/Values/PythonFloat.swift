/// Floating-point numbers as Python prints them.
enum PythonFloat {
    /// The fewest digits that give the number back, with an exponent below 1e-4 and from 1e16 on.
    static func repr(_ number: Double) -> String {
        guard number.isFinite else { return number.isNaN ? "nan" : (number < 0 ? "-" : "") + "inf" }
        guard number != 0 else { return number.sign == .minus ? "-0.0" : "0.0" }
        let (digits, exponent) = decimal(number.magnitude)
        return (number < 0 ? "-" : "") + layout(digits, exponent)
    }

    /// Shortest digits d₁d₂… and the exponent of d₁.d₂…; Swift finds the same digits as Python, but lays them out its way.
    private static func decimal(_ number: Double) -> (digits: [Character], exponent: Int) {
        let parts = "\(number)".split(separator: "e", maxSplits: 1)
        let mantissa = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let whole = Array(mantissa[0])
        let fraction = mantissa.count > 1 ? Array(mantissa[1]) : []
        var exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) + whole.count - 1
        var digits = whole + fraction
        while digits.count > 1, digits[0] == "0" {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.count > 1, digits.last == "0" { digits.removeLast() }
        return (digits, exponent)
    }

    private static func layout(_ digits: [Character], _ exponent: Int) -> String {
        let text = String(digits)
        guard (-4..<16).contains(exponent) else {
            let fraction = digits.count > 1 ? "." + text.dropFirst() : ""
            let size = "\(abs(exponent))"
            return "\(digits[0])\(fraction)e\(exponent < 0 ? "-" : "+")\(size.count < 2 ? "0" : "")\(size)"
        }
        if exponent < 0 { return "0." + String(repeating: "0", count: -exponent - 1) + text }
        if digits.count <= exponent + 1 {
            return text + String(repeating: "0", count: exponent + 1 - digits.count) + ".0"
        }
        return text.prefix(exponent + 1) + "." + text.dropFirst(exponent + 1)
    }
}
