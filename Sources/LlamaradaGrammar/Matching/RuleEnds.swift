/// Which states the end of a rule may come back to, by the states of the rule.
struct RuleEnds {
    typealias State = PushdownAutomaton.State

    /// By state, of those that are alike the first: where the rules begin to which they belong.
    private var rules: [State: Set<State>] = [:]
    /// By where a rule begins.
    private var targets: [State: Set<State>] = [:]

    init(_ automaton: PushdownAutomaton, _ alike: [State]) {
        var ruleOfState = [State](repeating: -1, count: automaton.stateCount)
        // A rule's states are those that are reached from its start without its calls' own.
        for start in Set(automaton.calls.map(\.start) + [automaton.start]) {
            var pending = [start]
            while let next = pending.popLast() {
                guard ruleOfState[Int(next)] < 0 else { continue }
                ruleOfState[Int(next)] = start
                pending += automaton.edges(of: next).map(\.target) + automaton.calls(of: next).map(\.target)
            }
        }
        var lastCallers: [State: Set<State>] = [:]
        for state in 0..<State(automaton.stateCount) {
            rules[alike[Int(state)], default: []].insert(ruleOfState[Int(state)])
            for call in automaton.calls(of: state) {
                if call.isLast {
                    lastCallers[call.start, default: []].insert(ruleOfState[Int(state)])
                } else {
                    targets[call.start, default: []].insert(call.target)
                }
            }
        }
        comeBack(lastCallers)
    }

    /// A rule that is called last comes back to where its caller does.
    private mutating func comeBack(_ lastCallers: [State: Set<State>]) {
        var callees: [State: [State]] = [:]
        for (rule, callers) in lastCallers { for caller in callers { callees[caller, default: []].append(rule) } }
        var pending = Array(targets.keys)
        while let caller = pending.popLast() {
            for rule in callees[caller] ?? [] {
                let before = targets[rule]?.count ?? 0
                targets[rule, default: []].formUnion(targets[caller] ?? [])
                if targets[rule]?.count ?? 0 > before { pending.append(rule) }
            }
        }
    }

    /// The states to which the rules of a state, and of those that are like it, may come back.
    func returns(from state: State) -> Set<State> {
        (rules[state] ?? []).reduce(into: []) { $0.formUnion(targets[$1] ?? []) }
    }
}
