import LlamaradaErrors

/// Makes automata deterministic: states become the sets of states in which they may be (the subset construction of Rabin
/// and Scott, 1959), calls of rules being symbols like bytes.
struct Determinizer {
    /// A state of the result.
    struct State {
        /// In order, without overlaps.
        var edges: [ByteAutomaton.Edge] = []
        /// Of different rules, in order.
        var calls: [RuleAutomaton.Call] = []
        var isAccepting = false
    }

    /// What may still be looked at, over all automata.
    private(set) var work: Int
    private let limits: GrammarLimits

    init(_ limits: GrammarLimits, work: Int) {
        self.limits = limits
        self.work = work
    }

    /// - Parameter most: the most states of the result, of which the first is the start.
    mutating func states(of rule: RuleAutomaton, most: Int) throws(GrammarError) -> [State] {
        var closure = Closure(rule.states)
        var sets: [[Int32]] = []
        var numbers: [[Int32]: Int32] = [:]
        func number(_ set: [Int32]) -> Int32 {
            if let known = numbers[set] { return known }
            sets.append(set)
            numbers[set] = Int32(sets.count - 1)
            return Int32(sets.count - 1)
        }
        _ = number(closure.of([rule.start]))
        var result: [State] = []
        while result.count < sets.count {
            let set = sets[result.count]
            var state = State(isAccepting: set.contains(0))
            var edges: [ByteAutomaton.Edge] = []
            var calls: [RuleAutomaton.Call] = []
            for member in set {
                edges += rule.states[Int(member)].edges
                calls += rule.states[Int(member)].calls
            }
            for (low, high, targets) in Self.intervals(edges, &work) {
                state.edges.append(.init(low: low, high: high, target: number(closure.of(targets))))
            }
            calls.sort { $0.rule < $1.rule }
            var index = 0
            while index < calls.count {
                let end = calls[index...].firstIndex { $0.rule != calls[index].rule } ?? calls.count
                let target = number(closure.of(calls[index..<end].map(\.target)))
                state.calls.append(.init(rule: calls[index].rule, target: target))
                index = end
            }
            result.append(state)
            work -= set.count + closure.takeVisited() + 8
            guard sets.count <= most, work > 0 else {
                throw GrammarError(
                    .tooLarge, "the grammar takes more than \(limits.states) states, or too long to prepare",
                    remedy: .other("Repeat less, or let fewer alternatives begin alike"))
            }
        }
        return result
    }

    /// Cuts edges where others begin or end: for each piece, where its bytes lead.
    private static func intervals(
        _ edges: [ByteAutomaton.Edge], _ work: inout Int
    ) -> [(low: UInt8, high: UInt8, targets: [Int32])] {
        guard edges.count > 1 else { return edges.map { ($0.low, $0.high, [$0.target]) } }
        var cuts = Set<Int>()
        for edge in edges {
            cuts.insert(Int(edge.low))
            cuts.insert(Int(edge.high) + 1)
        }
        let places = cuts.sorted()
        work -= edges.count * places.count
        var result: [(low: UInt8, high: UInt8, targets: [Int32])] = []
        for (low, end) in zip(places, places.dropFirst()) {
            let targets = edges.filter { Int($0.low) <= low && low <= Int($0.high) }.map(\.target)
            guard !targets.isEmpty else { continue }
            if let last = result.last, Int(last.high) + 1 == low, last.targets == targets {
                result[result.count - 1].high = UInt8(end - 1)
            } else {
                result.append((UInt8(low), UInt8(end - 1), targets))
            }
        }
        return result
    }
}

/// What can be reached by jumps.
private struct Closure {
    private let states: [RuleAutomaton.State]
    /// In which search a state was seen last.
    private var seen: [Int32]
    private var search: Int32 = 0
    private var visited = 0

    init(_ states: [RuleAutomaton.State]) {
        self.states = states
        seen = Array(repeating: 0, count: states.count)
    }

    /// States that were looked at since this was asked last.
    mutating func takeVisited() -> Int {
        defer { visited = 0 }
        return visited
    }

    /// The states that matter, in order: those with bytes or calls, and the end.
    mutating func of(_ starts: [Int32]) -> [Int32] {
        search += 1
        var pending = starts
        var found: [Int32] = []
        while let next = pending.popLast() {
            guard seen[Int(next)] != search else { continue }
            seen[Int(next)] = search
            visited += 1
            let state = states[Int(next)]
            if next == 0 || !state.edges.isEmpty || !state.calls.isEmpty { found.append(next) }
            pending += state.jumps
        }
        return found.sorted()
    }
}
