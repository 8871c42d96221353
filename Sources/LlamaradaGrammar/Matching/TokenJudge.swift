/// Looks at the tokens below a node of the vocabulary's tree, one byte after the other.
struct TokenJudge {
    private let automaton: PushdownAutomaton
    private let vocabulary: TokenVocabulary
    /// What may follow.
    var tokens: [Int32] = []
    /// Nodes behind which those are to judge who called the rule that ended there.
    var rest: [Int32] = []
    /// Steps that may still be taken; where none is left, what was found is not everything.
    private(set) var work: Int

    init(_ automaton: PushdownAutomaton, _ vocabulary: TokenVocabulary, work: Int) {
        self.work = work
        self.automaton = automaton
        self.vocabulary = vocabulary
    }

    /// From a state, without what is called there: as long as nothing is called, there is one way, which is a state.
    ///
    /// - Parameters:
    ///   - nodes: all nodes below one.
    ///   - depth: the bytes that lead to that one.
    mutating func judge(_ nodes: Range<Int>, below depth: Int, in state: PushdownAutomaton.State) {
        // By depth: the state there.
        var states = [state]
        var node = nodes.lowerBound
        while node < nodes.upperBound, work > 0 {
            work -= 1
            let place = Int(vocabulary.depths[node]) - depth
            guard let target = automaton.target(of: states[place - 1], vocabulary.bytes[node]) else {
                node = Int(vocabulary.ends[node])
                continue
            }
            tokens += vocabulary.tokens(at: node)
            let end = Int(vocabulary.ends[node])
            if automaton.callStarts[Int(target)] != automaton.callStarts[Int(target) + 1] {
                let matcher = GrammarMatcher(automaton, in: target)
                if matcher.canEnd, end > node + 1 { rest.append(Int32(node)) }
                judge(node + 1..<end, below: Int(vocabulary.depths[node]), matcher)
                node = end
                continue
            }
            if automaton.isAccepting[Int(target)], end > node + 1 { rest.append(Int32(node)) }
            if place < states.count { states[place] = target } else { states.append(target) }
            node += 1
        }
    }

    /// From where a text stands.
    mutating func judge(_ nodes: Range<Int>, below depth: Int, _ start: GrammarMatcher) {
        var matcher = start
        var node = nodes.lowerBound
        work -= 1
        while node < nodes.upperBound, work > 0 {
            // Each way is compared with those before it.
            let ways = matcher.currentItems.count
            work -= 1 + ways + ways * ways / 16
            matcher.rewind(to: Int(vocabulary.depths[node]) - depth - 1)
            guard matcher.advance(vocabulary.bytes[node]) else {
                node = Int(vocabulary.ends[node])
                continue
            }
            tokens += vocabulary.tokens(at: node)
            if matcher.canEnd, !vocabulary.isLeaf(node) { rest.append(Int32(node)) }
            node += 1
        }
    }
}
