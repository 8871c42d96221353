/// Decimal numbers between two bounds, as expressions.
enum DecimalRange {
    /// Whole numbers of at most so many digits are given where a side has no bound.
    private static let openDigits = 16

    /// Whole numbers from `low` to `high`; nil is no bound.
    static func integers(
        _ low: Int?, _ high: Int?, _ grammar: inout Grammar
    ) throws(GrammarError) -> Grammar.Expression {
        try fixed(low, high, places: 0, openDigits: openDigits, &grammar)
    }

    /// Numbers with so many places behind the point, from `low` to `high`, both times 10^places.
    static func fixed(
        _ low: Int?, _ high: Int?, places: Int, openDigits: Int, _ grammar: inout Grammar
    ) throws(GrammarError) -> Grammar.Expression {
        let open = power(openDigits) - 1
        // An open side goes as far as the other one needs.
        let low = max(low ?? min(-open, (high ?? 0) < -open ? -.max : -open), -.max)
        let high = high ?? (low > open ? .max : open)
        var parts: [Grammar.Expression] = []
        if high >= 0, low <= high {
            parts.append(try magnitudes(max(low, 0), high, places, &grammar))
        }
        if low < 0, low <= high {
            let digits = try magnitudes(max(1, -high), -low, places, &grammar)
            parts.append(try grammar.sequence([try grammar.text("-"), digits]))
        }
        return try grammar.choice(parts)
    }

    private static func power(_ exponent: Int) -> Int { (0..<exponent).reduce(1) { power, _ in power * 10 } }

    /// Numbers of one sign, cut where the number of digits changes.
    private static func magnitudes(
        _ low: Int, _ high: Int, _ places: Int, _ grammar: inout Grammar
    ) throws(GrammarError) -> Grammar.Expression {
        var parts: [Grammar.Expression] = []
        // One digit at least stands before the point.
        for count in places + 1...max(places + 1, 19) {
            let least = count == places + 1 ? 0 : power(count - 1)
            let most = count >= 19 ? Int.max : power(count) - 1
            guard least <= high, most >= low else { continue }
            let (from, to) = (digits(max(low, least), count), digits(min(high, most), count))
            parts.append(try between(from[...], to[...], point: count - places, count, &grammar))
        }
        return try grammar.choice(parts)
    }

    private static func digits(_ number: Int, _ count: Int) -> [UInt8] {
        let text = Array(String(number).utf8)
        return [UInt8](repeating: UInt8(ascii: "0"), count: max(0, count - text.count)) + text
    }

    /// Digits between two lists of equally many.
    ///
    /// - Parameter point: how many digits of the whole number stand before the point, if there is any.
    private static func between(
        _ low: ArraySlice<UInt8>, _ high: ArraySlice<UInt8>, point: Int, _ count: Int, _ grammar: inout Grammar
    ) throws(GrammarError) -> Grammar.Expression {
        guard let first = low.first, let last = high.first else { return try grammar.empty() }
        let place = count - low.count
        func digit(_ range: ClosedRange<UInt8>, _ grammar: inout Grammar) throws(GrammarError) -> Grammar.Expression {
            let set = ScalarSet([UInt32(range.lowerBound)...UInt32(range.upperBound)])
            let digit = try grammar.scalars(set)
            return place == point && place > 0 ? try grammar.sequence([try grammar.text("."), digit]) : digit
        }
        func rest(
            _ range: ClosedRange<UInt8>, _ low: ArraySlice<UInt8>, _ high: ArraySlice<UInt8>, _ grammar: inout Grammar
        ) throws(GrammarError) -> Grammar.Expression {
            let tail = try between(low, high, point: point, count, &grammar)
            return try grammar.sequence([try digit(range, &grammar), tail])
        }
        let (lows, highs) = (low.dropFirst(), high.dropFirst())
        let zeros = ArraySlice(repeating: UInt8(ascii: "0"), count: lows.count)
        let nines = ArraySlice(repeating: UInt8(ascii: "9"), count: lows.count)
        let (lowIsOpen, highIsOpen) = (lows.elementsEqual(zeros), highs.elementsEqual(nines))
        if first == last || lowIsOpen && highIsOpen { return try rest(first...last, lows, highs, &grammar) }
        var parts: [Grammar.Expression] = []
        if !lowIsOpen { parts.append(try rest(first...first, lows, nines, &grammar)) }
        let (from, to) = (lowIsOpen ? first : first + 1, highIsOpen ? last : last - 1)
        if from <= to { parts.append(try rest(from...to, zeros, nines, &grammar)) }
        if !highIsOpen { parts.append(try rest(last...last, zeros, highs, &grammar)) }
        return try grammar.choice(parts)
    }
}

/// A decimal number as it is written: a whole number over a power of ten.
struct Decimal {
    var digits: Int
    /// Digits behind the point.
    var places: Int

    /// A whole number.
    init(digits: Int) { (self.digits, places) = (digits, 0) }

    /// Nil where it has more than 9 digits behind the point or more than 15 in all.
    init?(_ number: Double) {
        let text = "\(number)"
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, !text.contains("e"), number.isFinite else { return nil }
        let fraction = parts[1] == "0" ? "" : parts[1]
        guard fraction.count <= 9, parts[0].count + fraction.count <= 16, let digits = Int(parts[0] + fraction) else {
            return nil
        }
        self.digits = digits
        places = fraction.count
    }

    /// The number times 10^places, and whether that is whole; nil where it is too large.
    func scaled(_ places: Int) -> (floor: Int, isWhole: Bool)? {
        if places >= self.places {
            var value = digits
            for _ in self.places..<places {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                value = product
            }
            return (value, true)
        }
        var divisor = 1
        for _ in places..<self.places { divisor *= 10 }
        let quotient = digits / divisor
        let isWhole = quotient * divisor == digits
        return (digits < 0 && !isWhole ? quotient - 1 : quotient, isWhole)
    }
}
