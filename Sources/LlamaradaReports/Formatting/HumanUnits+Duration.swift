extension HumanUnits {
    /// A time to three digits in the unit that fits: `940 ns`, `12.3 µs`, `4.56 ms`, `61.2 s`.
    package static func duration(nanoseconds: Double) -> String {
        let units = ["ns", "µs", "ms", "s"]
        var (value, index) = (nanoseconds, 0)
        while abs(value) >= 999.5, index < units.count - 1 {
            value /= 1000
            index += 1
        }
        let digits = index == 0 || abs(value) >= 99.95 ? 0 : abs(value) >= 9.995 ? 1 : 2
        return "\(fixed(value, digits: digits)) \(units[index])"
    }

    /// A part of a whole: `12.3 %`, `< 0.1 %` where it is not nothing, `> 100000 %` where it is beyond sense, and a dash
    /// where there is no whole.
    package static func percent(_ part: Double, digits: Int = 1) -> String {
        guard !part.isNaN else { return "–" }
        guard part < 1000 else { return "> 100000 %" }
        let least = (0..<digits).reduce(1.0) { step, _ in step / 10 }
        if part == 0 { return "0 %" }
        return part > 0 && 100 * part < least
            ? "< \(fixed(least, digits: digits)) %" : "\(fixed(100 * part, digits: digits)) %"
    }

    /// A rate in billions a second, to three digits.
    package static func giga(_ perSecond: Double) -> String {
        let value = perSecond / 1e9
        return fixed(value, digits: value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)
    }
}
