/// A grammar as one deterministic automaton a rule, all of whose states are numbered together: bytes lead from state to
/// state, calls to where another rule begins, from whose end they come back.
///
/// From every state some text leads to the end: whatever follows the automaton so far can be finished. No rule is called
/// that may be left by the empty text alone, because states behind such calls are reached without them; so every call that
/// comes back has taken a byte, and left recursion needs no special care.
package final class PushdownAutomaton: Sendable {
    /// A state's number.
    package typealias State = Int32

    /// A call of a rule.
    struct Call: Sendable, Hashable {
        /// Where the rule begins.
        var start: State
        /// Where its end comes back to.
        var target: State
        var rule: Int32
        /// Whether nothing but the end follows, so that the rule may end as its caller does, and no place to come back to
        /// is kept: lists that are written as recursion on the right take no room.
        var isLast: Bool
    }

    /// By state, and one more: where its edges begin.
    let edgeStarts: [Int32]
    let edges: [ByteAutomaton.Edge]
    /// By state, and one more: where its calls begin.
    let callStarts: [Int32]
    let calls: [Call]
    let isAccepting: [Bool]
    /// Where a text begins.
    let start: State

    package var stateCount: Int { isAccepting.count }

    /// Makes automata of a grammar.
    ///
    /// - Throws: `GrammarError` where a rule is missing, where the grammar is too large, or where no text follows it.
    package convenience init(_ grammar: Grammar) throws(GrammarError) {
        var budget = GrammarBudget(ofAutomaton: grammar.limits)
        try self.init(grammar, &budget)
    }

    /// The same as part of what costs more: states and work are taken off a budget.
    init(_ grammar: Grammar, _ budget: inout GrammarBudget) throws(GrammarError) {
        var parts = try Parts(grammar, &budget)
        try parts.prune(grammar)
        (edgeStarts, edges, callStarts, calls, isAccepting, start) = parts.joined()
    }

    /// The edges of a state, in order.
    func edges(of state: State) -> ArraySlice<ByteAutomaton.Edge> {
        edges[Int(edgeStarts[Int(state)])..<Int(edgeStarts[Int(state) + 1])]
    }

    func calls(of state: State) -> ArraySlice<Call> {
        calls[Int(callStarts[Int(state)])..<Int(callStarts[Int(state) + 1])]
    }

    /// Where a byte leads; nil where it may not come.
    func target(of state: State, _ byte: UInt8) -> State? {
        var index = Int(edgeStarts[Int(state)])
        let end = Int(edgeStarts[Int(state) + 1])
        while index < end {
            let edge = edges[index]
            if byte <= edge.high { return byte >= edge.low ? edge.target : nil }
            index += 1
        }
        return nil
    }
}

/// The automata of the rules that are called, while they are put together.
private struct Parts {
    private var states: [Determinizer.State] = []
    /// Where each rule begins, where it was needed.
    private var starts: [Grammar.RuleID: Int32] = [:]
    private let root: Grammar.RuleID

    init(_ grammar: Grammar, _ budget: inout GrammarBudget) throws(GrammarError) {
        root = grammar.root
        let facts = try GrammarFacts(grammar)
        var determinizer = Determinizer(grammar.limits, work: budget.work)
        var pending = [grammar.root]
        var states = 0
        while let rule = pending.popLast() {
            guard starts[rule] == nil, let expression = grammar.rules[rule].expression else { continue }
            let room = budget.states - states
            let automaton = try RuleAutomaton(expression, grammar, facts, most: room)
            states += automaton.states.count
            let made = try determinizer.states(of: automaton, most: budget.states - self.states.count)
            let base = Int32(self.states.count)
            starts[rule] = base
            for var state in made {
                for index in state.edges.indices { state.edges[index].target += base }
                for index in state.calls.indices {
                    state.calls[index].target += base
                    pending.append(state.calls[index].rule)
                }
                self.states.append(state)
            }
        }
        budget.work = determinizer.work
        try budget.spend(states: max(states, self.states.count), most: grammar.limits.states)
    }

    private func start(of rule: Grammar.RuleID) -> Int { Int(starts[rule] ?? 0) }

    /// Leaves out what no text leads from to the end.
    mutating func prune(_ grammar: Grammar) throws(GrammarError) {
        let ends = reachEnd()
        guard ends[start(of: root)] else {
            throw GrammarError(.unsatisfiable, "no text follows the grammar: \(blame(grammar, ends)) never ends")
        }
        let starts = starts
        for index in states.indices {
            states[index].edges.removeAll { !ends[Int($0.target)] }
            states[index].calls.removeAll { !ends[Int($0.target)] || !ends[Int(starts[$0.rule] ?? 0)] }
        }
    }

    private func blame(_ grammar: Grammar, _ ends: [Bool]) -> String {
        let rules = starts.keys.sorted().filter { !ends[start(of: $0)] }
        return "rule " + grammar.rules[rules.last ?? root].name.inQuotes()
    }

    /// From which states some text leads to the end of their rule.
    private func reachEnd() -> [Bool] {
        var users = [[Int32]](repeating: [], count: states.count)
        for (index, state) in states.enumerated() {
            for edge in state.edges { users[Int(edge.target)].append(Int32(index)) }
            for call in state.calls {
                users[Int(call.target)].append(Int32(index))
                users[start(of: call.rule)].append(Int32(index))
            }
        }
        var ends = states.map(\.isAccepting)
        var pending = states.indices.filter { ends[$0] }
        while let next = pending.popLast() {
            for user in users[next].map(Int.init) where !ends[user] {
                let state = states[user]
                guard
                    state.edges.contains(where: { ends[Int($0.target)] })
                        || state.calls.contains(where: { ends[Int($0.target)] && ends[start(of: $0.rule)] })
                else { continue }
                ends[user] = true
                pending.append(user)
            }
        }
        return ends
    }

    /// The states that are reached, numbered anew, as flat lists.
    func joined() -> (
        [Int32], [ByteAutomaton.Edge], [Int32], [PushdownAutomaton.Call], [Bool], PushdownAutomaton.State
    ) {
        var order = [start(of: root)]
        var numbers = [Int32](repeating: -1, count: states.count)
        numbers[order[0]] = 0
        func number(_ state: Int) -> Int32 {
            if numbers[state] < 0 {
                numbers[state] = Int32(order.count)
                order.append(state)
            }
            return numbers[state]
        }
        var (edgeStarts, callStarts): ([Int32], [Int32]) = ([], [])
        var edges: [ByteAutomaton.Edge] = []
        var calls: [PushdownAutomaton.Call] = []
        var next = 0
        while next < order.count {
            let state = states[order[next]]
            next += 1
            edgeStarts.append(Int32(edges.count))
            callStarts.append(Int32(calls.count))
            for edge in state.edges {
                edges.append(.init(low: edge.low, high: edge.high, target: number(Int(edge.target))))
            }
            for call in state.calls {
                let target = states[Int(call.target)]
                calls.append(
                    .init(
                        start: number(start(of: call.rule)), target: number(Int(call.target)), rule: Int32(call.rule),
                        isLast: target.isAccepting && target.edges.isEmpty && target.calls.isEmpty))
            }
        }
        edgeStarts.append(Int32(edges.count))
        callStarts.append(Int32(calls.count))
        return (edgeStarts, edges, callStarts, calls, order.map { states[$0].isAccepting }, 0)
    }
}
