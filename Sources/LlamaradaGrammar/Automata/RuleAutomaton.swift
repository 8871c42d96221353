import LlamaradaErrors

/// A rule as a nondeterministic automaton, from which a deterministic one is made: bytes and calls of other rules lead
/// from state to state.
struct RuleAutomaton {
    struct Call {
        var rule: Grammar.RuleID
        var target: Int32
    }

    struct State {
        /// Where it may go without a byte.
        var jumps: [Int32] = []
        var edges: [ByteAutomaton.Edge] = []
        var calls: [Call] = []
    }

    /// The first is where the rule ends.
    private(set) var states = [State()]
    private(set) var start: Int32 = 0
    private let grammar: Grammar
    private let facts: GrammarFacts
    /// Where an expression begins behind which a state follows.
    private var known: [Key: Int32] = [:]
    private let most: Int

    private struct Key: Hashable {
        var expression: Grammar.Expression
        var next: Int32
    }

    /// - Throws: `GrammarError` where it takes more than `most` states.
    init(
        _ expression: Grammar.Expression, _ grammar: Grammar, _ facts: GrammarFacts, most: Int
    ) throws(GrammarError) {
        self.grammar = grammar
        self.facts = facts
        self.most = most
        start = try begin(expression, 0)
    }

    private mutating func state(_ state: State = State()) throws(GrammarError) -> Int32 {
        guard states.count < most else {
            throw GrammarError(
                .tooLarge, "the grammar takes more than \(grammar.limits.states) states",
                remedy: .other("Repeat less, or give texts and lists smaller bounds"))
        }
        states.append(state)
        return Int32(states.count - 1)
    }

    /// The state in which an expression begins behind which `next` follows. Built from the end, so that what has one end
    /// is built once.
    private mutating func begin(_ expression: Grammar.Expression, _ next: Int32) throws(GrammarError) -> Int32 {
        let key = Key(expression: expression, next: next)
        if let state = known[key] { return state }
        let result: Int32
        switch grammar.node(expression) {
        case .empty: result = next
        case .never: result = try state()
        case .bytes(let bytes): result = try begin(bytes, next)
        case .scalars(let set): result = try begin(set, next)
        case .sequence(let parts):
            var state = next
            for part in parts.reversed() { state = try begin(part, state) }
            result = state
        case .choice(let parts):
            var starts: [Int32] = []
            for part in parts { starts.append(try begin(part, next)) }
            result = try state(State(jumps: starts))
        case .repeated(let part, let least, let most): result = try begin(part, least, most, next)
        case .list(let items, let separator): result = try begin(items, separator, next)
        case .rule(let rule): result = try begin(rule, next)
        case .automaton(let number): result = try begin(grammar.automata[number], next)
        }
        known[key] = result
        return result
    }

    private mutating func begin(_ bytes: [UInt8], _ next: Int32) throws(GrammarError) -> Int32 {
        var target = next
        for byte in bytes.reversed() {
            target = try state(State(edges: [.init(low: byte, high: byte, target: target)]))
        }
        return target
    }

    private mutating func begin(_ set: ScalarSet, _ next: Int32) throws(GrammarError) -> Int32 {
        let first = try state()
        // Endings that are alike are one.
        var endings: [[ClosedRange<UInt8>]: Int32] = [[]: next]
        for range in set.ranges {
            for sequence in UTF8Ranges.sequences(of: range) {
                var ending: [ClosedRange<UInt8>] = []
                for bytes in sequence.dropFirst().reversed() {
                    let target = endings[ending] ?? next
                    ending.insert(bytes, at: 0)
                    guard endings[ending] == nil else { continue }
                    let edge = ByteAutomaton.Edge(low: bytes.lowerBound, high: bytes.upperBound, target: target)
                    endings[ending] = try state(State(edges: [edge]))
                }
                states[Int(first)].edges.append(
                    .init(low: sequence[0].lowerBound, high: sequence[0].upperBound, target: endings[ending] ?? next))
            }
        }
        return first
    }

    private mutating func begin(
        _ part: Grammar.Expression, _ least: Int, _ most: Int?, _ next: Int32
    ) throws(GrammarError) -> Int32 {
        var start = next
        if let most {
            for _ in least..<most {
                let one = try begin(part, start)
                start = try state(State(jumps: [one, next]))
            }
        } else {
            start = try state(State(jumps: [next]))
            let one = try begin(part, start)
            states[Int(start)].jumps.append(one)
        }
        for _ in 0..<least {
            let before = start
            start = try begin(part, before)
            // A part that is empty repeats nothing.
            if start == before { break }
        }
        return start
    }

    private mutating func begin(
        _ items: [Grammar.Item], _ separator: Grammar.Expression, _ next: Int32
    ) throws(GrammarError) -> Int32 {
        // Where the rest of the list begins, behind something and behind nothing.
        var (behind, alone) = (next, next)
        for item in items.reversed() {
            let after: Int32
            if item.repeats {
                // Once there is one, more may follow.
                after = try state(State(jumps: [behind]))
                let more = try begin(separator, try begin(item.expression, after))
                states[Int(after)].jumps.append(more)
            } else {
                after = behind
            }
            let one = try begin(item.expression, after)
            let separated = try begin(separator, one)
            behind = item.isOptional ? try state(State(jumps: [separated, behind])) : separated
            alone = item.isOptional ? try state(State(jumps: [one, alone])) : one
        }
        return alone
    }

    private mutating func begin(_ rule: Grammar.RuleID, _ next: Int32) throws(GrammarError) -> Int32 {
        if facts.isInlined[rule], let expression = grammar.rules[rule].expression {
            return try begin(expression, next)
        }
        // What a rule that may be empty leaves out need not be called.
        let jumps = facts.nullableRules[rule] ? [next] : []
        return try state(State(jumps: jumps, calls: [Call(rule: rule, target: next)]))
    }

    private mutating func begin(_ automaton: ByteAutomaton, _ next: Int32) throws(GrammarError) -> Int32 {
        let first = Int32(states.count)
        for part in automaton.states {
            let edges = part.edges.map {
                ByteAutomaton.Edge(low: $0.low, high: $0.high, target: first + $0.target)
            }
            _ = try state(State(jumps: part.isAccepting ? [next] : [], edges: edges))
        }
        return first
    }
}
