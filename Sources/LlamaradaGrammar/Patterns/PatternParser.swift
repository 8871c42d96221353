/// Reads a regular expression as JSON Schema's `pattern` has them (ECMA-262), the part of it that finite automata are made
/// of: what looks ahead or back, and what is not read alike by all that check schemas, is refused by name.
///
/// A text matches where the expression is found anywhere in it; `^` and `$` are read at the ends of the expression and of
/// its outermost alternatives. Classes such as `\D`, which some read as of ASCII and some as of Unicode, give only ASCII,
/// which all of them allow.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private let pattern: String

    init(_ pattern: String) {
        self.pattern = pattern
        scalars = Array(pattern.unicodeScalars)
    }

    /// Whole texts that match.
    ///
    /// - Parameter spell: how one scalar of a set is written.
    mutating func parse(
        into grammar: inout Grammar, spell: Spelling
    ) throws(GrammarError) -> Grammar.Expression {
        var parts: [Grammar.Expression] = []
        repeat {
            let isAnchored = take("^")
            let body = try sequence(&grammar, spell, depth: 0)
            let ends = take("$")
            guard position == scalars.count || next == "|" else { throw unsupportedHere() }
            let before = isAnchored ? try grammar.empty() : try anything(&grammar, spell)
            let after = ends ? try grammar.empty() : try anything(&grammar, spell)
            parts.append(try grammar.sequence([before, body, after]))
        } while take("|")
        return try grammar.choice(parts)
    }

    /// How a scalar of a set is written.
    typealias Spelling = (ScalarSet, inout Grammar) throws(GrammarError) -> Grammar.Expression

    private func anything(_ grammar: inout Grammar, _ spell: Spelling) throws(GrammarError) -> Grammar.Expression {
        try grammar.repeated(try spell(.all, &grammar), 0, nil)
    }

    private mutating func alternatives(
        _ grammar: inout Grammar, _ spell: Spelling, depth: Int
    ) throws(GrammarError) -> Grammar.Expression {
        guard depth < grammar.limits.depth else { throw problem(.tooLarge, "has too many groups in each other") }
        var parts = [try sequence(&grammar, spell, depth: depth)]
        while take("|") { parts.append(try sequence(&grammar, spell, depth: depth)) }
        return try grammar.choice(parts)
    }

    private mutating func sequence(
        _ grammar: inout Grammar, _ spell: Spelling, depth: Int
    ) throws(GrammarError) -> Grammar.Expression {
        var parts: [Grammar.Expression] = []
        while let scalar = next, scalar != "|", scalar != ")", scalar != "$" {
            var part = try atom(&grammar, spell, depth: depth)
            if let bounds = try bounds() {
                // Which of several matches is meant does not matter here.
                _ = take("?")
                part = try grammar.repeated(part, bounds.least, bounds.most)
                if next == "*" || next == "+" || next == "?" { throw unsupportedHere() }
            }
            parts.append(part)
        }
        return try grammar.sequence(parts)
    }

    private mutating func atom(
        _ grammar: inout Grammar, _ spell: Spelling, depth: Int
    ) throws(GrammarError) -> Grammar.Expression {
        guard let scalar = next else { throw unsupportedHere() }
        switch scalar {
        case "(":
            position += 1
            if take("?") {
                guard take(":") else { throw problem(.unsupported, "looks ahead or back, or names a group") }
            }
            let group = try alternatives(&grammar, spell, depth: depth + 1)
            guard take(")") else { throw unsupportedHere() }
            return group
        case "[": return try spell(try characterClass(), &grammar)
        case ".":
            position += 1
            return try spell(ScalarSet("\n\r\u{2028}\u{2029}").complement, &grammar)
        case "\\":
            position += 1
            return try spell(try escape(inClass: false).set, &grammar)
        case "*", "+", "?", "{", "}", "]", "^": throw unsupportedHere()
        default:
            position += 1
            return try spell(ScalarSet([scalar.value...scalar.value]), &grammar)
        }
    }

    private mutating func bounds() throws(GrammarError) -> (least: Int, most: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard take("{") else { return nil }
        let least = try number()
        var most: Int? = least
        if take(",") { most = next == "}" ? nil : try number() }
        guard take("}") else { throw unsupportedHere() }
        if let most, most < least { throw unsupportedHere() }
        return (least, most)
    }

    private mutating func number() throws(GrammarError) -> Int {
        var digits = ""
        while let scalar = next, "0"..."9" ~= scalar, digits.count < 10 {
            digits.unicodeScalars.append(scalar)
            position += 1
        }
        guard let number = Int(digits) else { throw unsupportedHere() }
        guard number <= 100_000 else { throw problem(.tooLarge, "repeats something \(number) times") }
        return number
    }

    // MARK: Characters

    private mutating func characterClass() throws(GrammarError) -> ScalarSet {
        position += 1
        let isNegated = take("^")
        // What is left out of a negated class is what any reader may put into the class.
        var ranges: [ClosedRange<UInt32>] = []
        while let scalar = next, scalar != "]" {
            let low = try classAtom()
            guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
                ranges += (isNegated ? low.widest : low.set).ranges
                continue
            }
            position += 1
            let high = try classAtom()
            guard let first = low.set.only, let last = high.set.only, first <= last else { throw unsupportedHere() }
            ranges.append(first...last)
        }
        guard take("]") else { throw unsupportedHere() }
        let set = ScalarSet(ranges)
        return isNegated ? set.complement : set
    }

    private mutating func classAtom() throws(GrammarError) -> Escape {
        guard take("\\") else {
            guard let scalar = next else { throw unsupportedHere() }
            position += 1
            return Escape(ScalarSet([scalar.value...scalar.value]))
        }
        return try escape(inClass: true)
    }

    /// What an escape or a character stands for.
    private struct Escape {
        /// To every reader.
        var set: ScalarSet
        /// To any reader.
        var widest: ScalarSet

        init(_ set: ScalarSet, widest: ScalarSet? = nil) { (self.set, self.widest) = (set, widest ?? set) }
    }

    private static let ascii = ScalarSet([0...0x7F])
    private static let digits = ScalarSet([0x30...0x39])
    private static let word = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    private static let space = ScalarSet([0x09...0x0D, 0x20...0x20])
    private static let beyondASCII = ascii.complement

    /// What an escape behind its backslash stands for.
    private mutating func escape(inClass: Bool) throws(GrammarError) -> Escape {
        guard let scalar = next else { throw unsupportedHere() }
        position += 1
        func one(_ value: UInt32) -> Escape { Escape(ScalarSet([value...value])) }
        switch scalar {
        case "d": return Escape(Self.digits, widest: Self.digits.union(Self.beyondASCII))
        case "D": return Escape(Self.ascii.subtracting(Self.digits), widest: Self.digits.complement)
        case "w": return Escape(Self.word, widest: Self.word.union(Self.beyondASCII))
        case "W": return Escape(Self.ascii.subtracting(Self.word), widest: Self.word.complement)
        // Some count the separators 0x1C to 0x1F as space, some do not.
        case "s": return Escape(Self.space, widest: ScalarSet([0x09...0x0D, 0x1C...0x20]).union(Self.beyondASCII))
        case "S": return Escape(ScalarSet([0x21...0x7E]), widest: Self.space.complement)
        case "n": return one(0x0A)
        case "r": return one(0x0D)
        case "t": return one(0x09)
        case "f": return one(0x0C)
        case "v": return one(0x0B)
        case "x": return one(try code(2))
        case "u": return one(try code(4))
        case "b" where inClass: return one(0x08)
        case _ where scalar.value < 0x80 && !Self.word.contains(scalar.value): return one(scalar.value)
        default: throw problem(.unsupported, "has the escape '\\\(scalar)'")
        }
    }

    private mutating func code(_ count: Int) throws(GrammarError) -> UInt32 {
        let digits = String(String.UnicodeScalarView(scalars[position...].prefix(count)))
        guard digits.utf8.count == count, digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16),
            Unicode.Scalar(value) != nil
        else { throw unsupportedHere() }
        position += count
        return value
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    private func unsupportedHere() -> GrammarError {
        problem(.unsupported, "is not supported at its character \(position + 1)")
    }

    private func problem(_ code: GrammarError.Code, _ what: String) -> GrammarError {
        GrammarError(code, "the pattern \(pattern.inQuotes()) \(what)")
    }
}

extension ScalarSet {
    /// The one scalar that it has; nil where it has none or several.
    fileprivate var only: UInt32? {
        ranges.count == 1 && ranges[0].count == 1 ? ranges[0].lowerBound : nil
    }
}
