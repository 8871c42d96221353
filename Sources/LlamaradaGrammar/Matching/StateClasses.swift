extension PushdownAutomaton {
    /// For each state the first that no text of so many bytes tells from it: what tokens may follow is the same in both.
    ///
    /// The states of a long text of bounded length are nearly all one.
    ///
    /// - Parameter work: most edges that are looked at; where that is not enough, every state is its own.
    func alike(for bytes: Int, work: Int = 4_000_000) -> [State] {
        var classes = StateClasses(self)
        guard classes.refine(rounds: bytes, work: work) else { return Array(0..<State(stateCount)) }
        var first: [Int32: State] = [:]
        for (state, number) in classes.numbers.enumerated().reversed() { first[number] = State(state) }
        return classes.numbers.map { first[$0] ?? 0 }
    }
}

/// States by what tells them apart, which is found in rounds, a byte more in each (Moore, 1956).
///
/// A round looks only at states that lead to one whose class is new: all others have kept what tells them apart.
private struct StateClasses {
    /// By state: its class.
    private(set) var numbers: [Int32]
    /// By class: how many states it has.
    private var counts: [Int]
    private let automaton: PushdownAutomaton
    /// By state: those that lead to it.
    private var users: [[Int32]]

    init(_ automaton: PushdownAutomaton) {
        self.automaton = automaton
        numbers = automaton.isAccepting.map { $0 ? 1 : 0 }
        let accepting = automaton.isAccepting.count { $0 }
        counts = [automaton.stateCount - accepting, accepting]
        users = Array(repeating: [], count: automaton.stateCount)
        for state in 0..<Int32(automaton.stateCount) {
            for edge in automaton.edges(of: state) { users[Int(edge.target)].append(state) }
            for call in automaton.calls(of: state) { users[Int(call.target)].append(state) }
        }
    }

    /// Tells states apart by texts of so many bytes; false where that takes too long.
    mutating func refine(rounds: Int, work: Int) -> Bool {
        var work = work
        var dirty = Array(0..<Int32(numbers.count))
        for _ in 0..<rounds where !dirty.isEmpty {
            var groups: [[Int32]: [Int32]] = [:]
            for state in dirty {
                let signature = signature(of: state)
                work -= signature.count
                groups[signature, default: []].append(state)
            }
            guard work > 0 else { return false }
            dirty = split(groups)
        }
        return true
    }

    private func signature(of state: Int32) -> [Int32] {
        var signature = [numbers[Int(state)]]
        for edge in automaton.edges(of: state) {
            signature.append(Int32(edge.low) << 8 | Int32(edge.high))
            signature.append(numbers[Int(edge.target)])
        }
        for call in automaton.calls(of: state) {
            signature += [-1 - call.start, numbers[Int(call.target)], call.isLast ? 1 : 0]
        }
        return signature
    }

    /// Gives groups of states classes of their own; one group of a class of which nothing else is left keeps it.
    ///
    /// - Returns: the states that lead to one whose class is new.
    private mutating func split(_ groups: [[Int32]: [Int32]]) -> [Int32] {
        var looked: [Int32: Int] = [:]
        for (signature, states) in groups { looked[signature[0], default: 0] += states.count }
        let before = counts
        var kept = Set<Int32>()
        var next = Set<Int32>()
        // In a fixed order, so that every run gives the same classes.
        for states in groups.values.sorted(by: { $0[0] < $1[0] }) {
            let old = numbers[Int(states[0])]
            if looked[old] == before[Int(old)], kept.insert(old).inserted { continue }
            counts[Int(old)] -= states.count
            for state in states {
                numbers[Int(state)] = Int32(counts.count)
                next.formUnion(users[Int(state)])
            }
            counts.append(states.count)
        }
        return next.sorted()
    }
}
