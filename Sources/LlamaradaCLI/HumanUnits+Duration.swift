extension HumanUnits {
    /// A time to three digits in the unit that fits: `940 ns`, `12.3 µs`, `4.56 ms`, `61.2 s`.
    static func duration(nanoseconds: Double) -> String {
        let units = ["ns", "µs", "ms", "s"]
        var (value, index) = (nanoseconds, 0)
        while abs(value) >= 999.5, index < units.count - 1 {
            value /= 1000
            index += 1
        }
        let digits = index == 0 || abs(value) >= 99.95 ? 0 : abs(value) >= 9.995 ? 1 : 2
        return "\(fixed(value, digits: digits)) \(units[index])"
    }

    /// A part of a whole: `12.3 %`; a dash where there is no whole.
    static func percent(_ part: Double, digits: Int = 1) -> String {
        part.isFinite ? "\(fixed(100 * part, digits: digits)) %" : "–"
    }

    /// A rate in billions a second, to three digits.
    static func giga(_ perSecond: Double) -> String {
        let value = perSecond / 1e9
        return fixed(value, digits: value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)
    }
}
