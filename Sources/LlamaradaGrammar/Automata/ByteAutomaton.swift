/// A deterministic automaton over bytes: which texts it accepts.
struct ByteAutomaton: Sendable {
    /// One or more bytes that lead to a state.
    struct Edge: Sendable, Hashable {
        var low: UInt8
        var high: UInt8
        var target: Int32
    }

    struct State: Sendable {
        /// In order, without overlaps.
        var edges: [Edge] = []
        var isAccepting = false
    }

    /// The first is where a text begins; at least one.
    var states: [State]

    /// Whether it accepts these bytes.
    func accepts(_ bytes: some Sequence<UInt8>) -> Bool {
        var state = 0
        for byte in bytes {
            guard let next = states[state].target(of: byte) else { return false }
            state = Int(next)
        }
        return states[state].isAccepting
    }
}

extension ByteAutomaton.State {
    func target(of byte: UInt8) -> Int32? { edges.first { $0.low...$0.high ~= byte }?.target }
}

extension ByteAutomaton {
    /// What both accept.
    func intersection(_ other: ByteAutomaton, _ budget: inout GrammarBudget) throws(GrammarError) -> ByteAutomaton {
        try product(other, &budget, isPartial: false) { $0 && $1 }
    }

    /// What this accepts and the other does not.
    func subtracting(_ other: ByteAutomaton, _ budget: inout GrammarBudget) throws(GrammarError) -> ByteAutomaton {
        try product(other, &budget, isPartial: true) { $0 && !$1 }
    }

    /// Both at once. With `isPartial` this one goes on alone where the other cannot.
    private func product(
        _ other: ByteAutomaton, _ budget: inout GrammarBudget, isPartial: Bool, accepts: (Bool, Bool) -> Bool
    ) throws(GrammarError) -> ByteAutomaton {
        struct Pair: Hashable {
            var own: Int32
            /// -1 where it cannot go on.
            var other: Int32
        }
        var numbers = [Pair(own: 0, other: 0): Int32(0)]
        var pairs = [Pair(own: 0, other: 0)]
        var result: [State] = []
        while result.count < pairs.count {
            let pair = pairs[result.count]
            let own = states[Int(pair.own)]
            let others = pair.other < 0 ? State() : other.states[Int(pair.other)]
            var state = State(isAccepting: accepts(own.isAccepting, others.isAccepting))
            for edge in own.edges {
                var low = Int(edge.low)
                for part in others.edges.filter({ $0.high >= edge.low && $0.low <= edge.high })
                    + [Edge(low: 255, high: 255, target: -2)]
                {
                    let isEnd = part.target == -2
                    let start = isEnd ? Int(edge.high) + 1 : max(Int(part.low), Int(edge.low))
                    func add(_ range: Range<Int>, _ target: Int32) {
                        guard !range.isEmpty else { return }
                        let key = Pair(own: edge.target, other: target)
                        let number = numbers[key] ?? Int32(pairs.count)
                        if numbers[key] == nil {
                            numbers[key] = number
                            pairs.append(key)
                        }
                        state.edges.append(
                            Edge(low: UInt8(range.lowerBound), high: UInt8(range.upperBound - 1), target: number))
                    }
                    if isPartial { add(low..<max(low, start), -1) }
                    guard !isEnd else { break }
                    let end = min(Int(part.high), Int(edge.high)) + 1
                    add(start..<end, part.target)
                    low = end
                }
            }
            result.append(state)
            try budget.spend(4 + own.edges.count * (1 + others.edges.count) / 4)
            guard pairs.count <= budget.states else {
                throw GrammarError(.tooLarge, "patterns, names and numbers would take too many states together")
            }
        }
        budget.states -= result.count
        return ByteAutomaton(states: result)
    }
}
