import Synchronization

/// Which tokens may follow in a grammar, for one vocabulary: masks of bits, made of parts that depend on single states and
/// are kept.
///
/// A token is looked at in a state without its surroundings: it may follow whatever they are, or never, or its beginning
/// ends the state's rule and the rest is for those to judge who called the rule. Where that happens in the vocabulary's
/// tree is a set of nodes, a *rest*, which is looked at in a state to come back to as the whole tree is in the others. What
/// a state makes of a rest depends on nothing else, so that a mask is the union of parts that were made before (XGrammar,
/// arXiv 2411.15100, keeps the first kind and looks at the rest for each token).
package final class TokenMasks: Sendable {
    /// What a state makes of a rest: tokens that may follow, and a rest of the rest.
    private struct Part: Sendable {
        var tokens: TokenSet
        var rest: Int
    }

    private struct Key: Hashable {
        var state: PushdownAutomaton.State
        var rest: Int
    }

    private struct Cache {
        var parts: [Key: Part] = [:]
        /// Nodes, by number.
        var rests: [[Int32]] = [[], []]
        var numbers: [[Int32]: Int] = [[]: noRest]
        /// What parts and rests take.
        var partBytes = 0
        var restBytes = 0
        /// Parts that had to be made while somebody waited.
        var misses = 0

        /// The number of a rest, whose nodes come in order.
        mutating func number(of rest: [Int32]) -> Int {
            if let known = numbers[rest] { return known }
            rests.append(rest)
            numbers[rest] = rests.count - 1
            restBytes += 8 * rest.count + 64
            return rests.count - 1
        }
    }

    /// The rest that is nothing.
    private static let noRest = 0
    /// The whole tree.
    private static let everything = 1

    package let automaton: PushdownAutomaton
    package let vocabulary: TokenVocabulary
    /// Of states that are alike to all tokens the first.
    private let alike: [PushdownAutomaton.State]
    private let cache = Mutex(Cache())
    /// Parts take no more than this; what is over is made again where it is needed.
    private let mostBytes: Int

    package init(_ automaton: PushdownAutomaton, _ vocabulary: TokenVocabulary, mostBytes: Int = 64 << 20) {
        self.automaton = automaton
        self.vocabulary = vocabulary
        self.mostBytes = mostBytes
        alike = automaton.alike(for: vocabulary.longest)
    }

    /// Which tokens may follow, a bit each: token t is bit t % 32 of word t / 32. Tokens that end a text may where the
    /// grammar can end.
    package func mask(_ matcher: GrammarMatcher) -> [UInt32] {
        var mask = [UInt32](repeating: 0, count: vocabulary.maskWords)
        guard !matcher.isOverwhelmed else { return mask }
        if matcher.canEnd {
            for token in vocabulary.endTokens { mask[Int(token >> 5)] |= 1 << UInt32(token & 31) }
        }
        // What is left of tokens, and where its judges are.
        var pending: [Pending] = []
        var judged: [Int32: [Int]] = [:]
        for item in matcher.currentItems where !automaton.edges(of: item.state).isEmpty {
            add(item.state, item.place, Self.everything, to: &mask, &pending)
        }
        while let next = pending.popLast() {
            let rest = without(judged[next.place] ?? [], next.rest)
            guard rest != Self.noRest else { continue }
            judged[next.place, default: []].append(rest)
            matcher.returns(to: next.place) { add($0, $1, rest, to: &mask, &pending) }
        }
        return mask
    }

    /// A rest without nodes that were judged at the same place before: places may lead to each other in circles.
    private func without(_ judged: [Int], _ rest: Int) -> Int {
        guard !judged.isEmpty else { return rest }
        return cache.withLock { cache in
            let known = judged.reduce(into: Set<Int32>()) { $0.formUnion(cache.rests[$1]) }
            return cache.number(of: cache.rests[rest].filter { !known.contains($0) })
        }
    }

    private struct Pending {
        var place: Int32
        var rest: Int
    }

    private func add(
        _ state: PushdownAutomaton.State, _ place: Int32, _ rest: Int, to mask: inout [UInt32],
        _ pending: inout [Pending]
    ) {
        let part = part(Key(state: alike[Int(state)], rest: rest))
        part.tokens.add(to: &mask)
        if part.rest != Self.noRest, place != GrammarMatcher.outermost {
            pending.append(Pending(place: place, rest: part.rest))
        }
    }

    /// How many parts were not there when they were needed.
    package var misses: Int { cache.withLock { $0.misses } }
    /// What all parts take.
    package var byteCount: Int { cache.withLock { $0.partBytes + $0.restBytes } }

    /// Makes parts before they are needed: of all states first, then of what they leave to each other.
    ///
    /// - Parameters:
    ///   - time: how long at most; what is not made by then is made when it is needed.
    ///   - isCancelled: whether it should end early.
    package func prepare(for time: Duration, isCancelled: () -> Bool = { false }) {
        let end = ContinuousClock.now + time
        var known = Set<Key>()
        var pending = Set(alike).sorted().map { Key(state: $0, rest: Self.everything) }
        let ends = RuleEnds(automaton, alike)
        while let key = pending.popLast() {
            guard known.insert(key).inserted else { continue }
            guard ContinuousClock.now < end, !isCancelled(), byteCount < mostBytes / 2 else { return }
            let part = part(key, isAwaited: false)
            guard part.rest != Self.noRest else { continue }
            for target in ends.returns(from: key.state) {
                pending.append(Key(state: alike[Int(target)], rest: part.rest))
            }
        }
    }

    // MARK: Parts

    private func part(_ key: Key, isAwaited: Bool = true) -> Part {
        let (known, nodes) = cache.withLock { cache in
            if isAwaited, cache.parts[key] == nil { cache.misses += 1 }
            return (cache.parts[key], cache.parts[key] == nil ? cache.rests[key.rest] : [])
        }
        if let known { return known }
        let (tokens, rest) = judge(key, nodes)
        let set = TokenSet(tokens, words: vocabulary.maskWords)
        return cache.withLock { cache in
            let part = Part(tokens: set, rest: cache.number(of: rest))
            // Rests stay, since their numbers are held elsewhere.
            if cache.partBytes + cache.restBytes > mostBytes { (cache.parts, cache.partBytes) = ([:], 0) }
            cache.parts[key] = part
            cache.partBytes += set.byteCount + 64
            return part
        }
    }

    private func judge(_ key: Key, _ nodes: [Int32]) -> (tokens: [Int32], rest: [Int32]) {
        var judge = TokenJudge(automaton, vocabulary)
        if key.rest == Self.everything {
            // What is called there are states of their own.
            judge.judge(0..<vocabulary.nodeCount, below: 0, in: key.state)
        } else {
            let matcher = GrammarMatcher(automaton, in: key.state)
            for node in nodes.map(Int.init) {
                if matcher.canEnd { judge.rest.append(Int32(node)) }
                judge.judge(
                    node + 1..<Int(vocabulary.ends[node]), below: Int(vocabulary.depths[node]), matcher)
            }
        }
        return (judge.tokens, Set(judge.rest).sorted())
    }
}
