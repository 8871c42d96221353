import LlamaradaTensors

extension SchemaCompiler {
    /// A bound of numbers.
    private struct Bound {
        var decimal: Decimal
        var isExclusive: Bool
    }

    /// Numbers with a bound are written with at most so many digits behind the point.
    private static let usualPlaces = 2
    /// And with so many digits in all, where a side has no bound: that many any reader tells apart.
    private static let mostDigits = 15
    /// An automaton has a state for each remainder.
    private static let largestDivisor = 1000

    /// A whole number by its bounds and `multipleOf`.
    mutating func integer(_ nodes: [Int]) throws(GrammarError) -> Grammar.Expression {
        let (lows, highs) = (try bounds(nodes, isLow: true), try bounds(nodes, isLow: false))
        let divisors = try divisors(nodes)
        guard !lows.isEmpty || !highs.isEmpty || !divisors.isEmpty else { return syntax.integer }
        let (low, high) = (
            try limit(lows, places: 0, isLow: true, nodes), try limit(highs, places: 0, isLow: false, nodes)
        )
        guard !divisors.isEmpty else { return try DecimalRange.integers(low, high, &grammar) }
        var automaton = try self.automaton { (grammar: inout Grammar) throws(GrammarError) in
            try DecimalRange.integers(low, high, &grammar)
        }
        for divisor in divisors {
            automaton = try automaton.intersection(.multiples(of: divisor), &grammar.budget)
        }
        return try grammar.automaton(automaton)
    }

    /// A number by its bounds; by `multipleOf` a whole one.
    mutating func number(_ nodes: [Int]) throws(GrammarError) -> Grammar.Expression {
        guard try divisors(nodes).isEmpty else { return try integer(nodes) }
        let (lows, highs) = (try bounds(nodes, isLow: true), try bounds(nodes, isLow: false))
        guard !lows.isEmpty || !highs.isEmpty else { return syntax.number }
        let most = max(Self.usualPlaces, (lows + highs).map(\.decimal.places).max() ?? 0)
        var choices: [Grammar.Expression] = []
        for places in 0...most {
            let (low, high) = (
                try limit(lows, places: places, isLow: true, nodes),
                try limit(highs, places: places, isLow: false, nodes)
            )
            choices.append(
                try DecimalRange.fixed(low, high, places: places, openDigits: Self.mostDigits, &grammar))
        }
        return try grammar.choice(choices)
    }

    private func bounds(_ nodes: [Int], isLow: Bool) throws(GrammarError) -> [Bound] {
        var bounds: [Bound] = []
        for (keyword, isExclusive) in isLow
            ? [("minimum", false), ("exclusiveMinimum", true)] : [("maximum", false), ("exclusiveMaximum", true)]
        {
            for node in nodes {
                guard let value = document.nodes[node].value[keyword] else { continue }
                let pointer = document.nodes[node].pointer
                let decimal: Decimal?
                switch value {
                case .integer(let number): decimal = Decimal(digits: number)
                case .number(let number): decimal = Decimal(number)
                default: throw .schema(.syntax, pointer, "keyword '\(keyword)' must be a number")
                }
                guard let decimal else {
                    throw .unsupported(
                        keyword, pointer,
                        "with \(value.encoded): fractions of at most 15 digits are, 9 of them behind the point, and whole numbers of 64 bits"
                    )
                }
                bounds.append(Bound(decimal: decimal, isExclusive: isExclusive))
            }
        }
        return bounds
    }

    /// The strictest of some bounds, times 10^places; nil where there is none.
    private func limit(
        _ bounds: [Bound], places: Int, isLow: Bool, _ nodes: [Int]
    ) throws(GrammarError) -> Int? {
        var strictest: Int?
        for bound in bounds {
            let scaled = bound.decimal.scaled(places)
            // The next number on the side that is allowed.
            let step = scaled.map {
                let isItself = $0.isWhole && !bound.isExclusive
                return isLow ? (isItself ? 0 : 1) : (isItself || !$0.isWhole ? 0 : -1)
            }
            guard let floor = scaled?.floor, let step, case (let value, false) = floor.addingReportingOverflow(step)
            else {
                throw .schema(.unsupported, document.nodes[nodes[0]].pointer, "bounds of numbers have too many digits")
            }
            strictest = strictest.map { isLow ? max($0, value) : min($0, value) } ?? value
        }
        return strictest
    }

    private func divisors(_ nodes: [Int]) throws(GrammarError) -> [Int] {
        var divisors: [Int] = []
        for node in nodes {
            guard let value = document.nodes[node].value["multipleOf"] else { continue }
            guard let divisor = value.wholeNumber, 1...Self.largestDivisor ~= divisor else {
                throw .unsupported(
                    "multipleOf", document.nodes[node].pointer,
                    "with \(value.encoded): whole numbers from 1 to \(Self.largestDivisor) are")
            }
            divisors.append(divisor)
        }
        return divisors
    }
}

extension ByteAutomaton {
    /// Whole numbers, with or without a minus sign, that a number divides: a state for each remainder.
    static func multiples(of divisor: Int) -> ByteAutomaton {
        // The start, what follows a minus sign, then the remainders.
        func edges(from remainder: Int) -> [Edge] {
            (0..<10).map { digit in
                let byte = UInt8(ascii: "0") + UInt8(digit)
                return Edge(low: byte, high: byte, target: Int32(2 + (10 * remainder + digit) % divisor))
            }
        }
        let minus = Edge(low: UInt8(ascii: "-"), high: UInt8(ascii: "-"), target: 1)
        return ByteAutomaton(
            states: [State(edges: [minus] + edges(from: 0)), State(edges: edges(from: 0))]
                + (0..<divisor).map { State(edges: edges(from: $0), isAccepting: $0 == 0) })
    }
}
