/// Numbers as people read them.
package enum HumanUnits {
    /// Bytes in decimal units: `98.4 MB`.
    package static func bytes(_ count: Int) -> String {
        scaled(Double(count), units: ["B", "kB", "MB", "GB", "TB", "PB", "EB"])
    }

    /// A count in decimal units: `134.5 M`.
    package static func count(_ count: Int) -> String {
        scaled(Double(count), units: ["", "k", "M", "G", "T", "P", "E"])
    }

    /// A number with that many digits behind the point.
    package static func fixed(_ value: Double, digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
        let factor = (0..<digits).reduce(1) { product, _ in product * 10 }
        let scaled = Int((abs(value) * Double(factor)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        let (whole, fraction) = scaled.quotientAndRemainder(dividingBy: factor)
        guard digits > 0 else { return "\(sign)\(whole)" }
        return "\(sign)\(whole)." + String(repeating: "0", count: digits - "\(fraction)".count) + "\(fraction)"
    }

    private static func scaled(_ value: Double, units: [String]) -> String {
        var (value, index) = (value, 0)
        // 999.95 is where one digit behind the point would print 1000.0.
        while value >= 999.95, index < units.count - 1 {
            value /= 1000
            index += 1
        }
        let number = fixed(value, digits: index == 0 ? 0 : 1)
        return units[index].isEmpty ? number : "\(number) \(units[index])"
    }
}

extension HumanUnits {
    /// A number with one digit behind the point and its power of ten, such as `3.2e-13`.
    package static func scientific(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
        var (mantissa, exponent) = (abs(value), 0)
        while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        // 9.95 is where one digit behind the point would print 10.0.
        if mantissa >= 9.95 { (mantissa, exponent) = (1, exponent + 1) }
        return "\(value < 0 ? "-" : "")\(fixed(mantissa, digits: 1))e\(exponent < 0 ? "-" : "+")\(abs(exponent))"
    }
}
