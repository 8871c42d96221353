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
        /// How often everything was thrown away: numbers of rests from before mean nothing.
        var generation = 0
        var byteCount: Int { partBytes + restBytes }

        /// The number of a rest, whose nodes come in order.
        mutating func number(of rest: [Int32]) -> Int {
            if let known = numbers[rest] { return known }
            rests.append(rest)
            numbers[rest] = rests.count - 1
            restBytes += 8 * rest.count + 64
            return rests.count - 1
        }

        /// Throws everything away.
        mutating func empty() {
            let (misses, generation) = (misses, generation)
            self = Cache()
            (self.misses, self.generation) = (misses, generation + 1)
        }
    }

    /// A mask that would take more work than it may.
    package struct TooMuchWork: Error {}

    /// The rest that is nothing.
    private static let noRest = 0
    /// The whole tree.
    private static let everything = 1
    /// More states at one place of a text than any grammar of use has; masks are unions over them.
    private static let mostStates = 256
    /// What one mask may add to what is kept, before some of it is thrown away.
    private static let mostBytesOfAMask = 16 << 20
    /// Steps that one part may take when parts are made in advance.
    private static let workOfAPart = 16_000_000

    package let automaton: PushdownAutomaton
    package let vocabulary: TokenVocabulary
    /// Of states that are alike to all tokens the first.
    private let alike: [PushdownAutomaton.State]
    private let cache = Mutex(Cache())
    /// Parts and rests take no more than this between two masks; what was thrown away is made again where it is needed.
    private let mostBytes: Int

    package init(_ automaton: PushdownAutomaton, _ vocabulary: TokenVocabulary, mostBytes: Int = 64 << 20) {
        self.automaton = automaton
        self.vocabulary = vocabulary
        self.mostBytes = mostBytes
        alike = automaton.alike(for: vocabulary.longest)
    }

    /// Which tokens may follow, a bit each: token t is bit t % 32 of word t / 32. Tokens that end a text may where the
    /// grammar can end.
    ///
    /// - Parameter work: steps of some tens of nanoseconds that may be taken, of which those that were are taken off. With
    ///   all parts at hand a mask takes few.
    /// - Throws: `TooMuchWork` where they do not suffice, or where the text is in too many states at once.
    package func mask(_ matcher: GrammarMatcher, work: inout Int) throws(TooMuchWork) -> [UInt32] {
        var mask = [UInt32](repeating: 0, count: vocabulary.maskWords)
        guard !matcher.isOverwhelmed else { return mask }
        if matcher.canEnd {
            for token in vocabulary.endTokens { mask[Int(token >> 5)] |= 1 << UInt32(token & 31) }
        }
        // One after the other: what is thrown away is in nobody's hands.
        try cache.withLock { (cache) throws(TooMuchWork) in
            defer { if cache.byteCount > mostBytes { cache.empty() } }
            try add(matcher, to: &mask, &cache, &work)
        }
        return mask
    }

    /// The same with as much work as it takes for most grammars.
    package func mask(_ matcher: GrammarMatcher) throws(TooMuchWork) -> [UInt32] {
        var work = Self.workOfAPart
        return try mask(matcher, work: &work)
    }

    private func add(
        _ matcher: GrammarMatcher, to mask: inout [UInt32], _ cache: inout Cache, _ work: inout Int
    ) throws(TooMuchWork) {
        let most = mostBytes + Self.mostBytesOfAMask
        // What is left of tokens, and where its judges are.
        var pending: [Pending] = []
        var judged: [Int32: [Int]] = [:]
        var states = Set<PushdownAutomaton.State>()
        func add(
            _ state: PushdownAutomaton.State, _ place: Int32, _ rest: Int, _ cache: inout Cache, _ work: inout Int
        ) throws(TooMuchWork) {
            let part = try part(Key(state: alike[Int(state)], rest: rest), &cache, &work)
            work -= 1 + vocabulary.maskWords / 16
            guard work > 0, cache.byteCount < most else { throw TooMuchWork() }
            part.tokens.add(to: &mask)
            if part.rest != Self.noRest, place != GrammarMatcher.outermost {
                pending.append(Pending(place: place, rest: part.rest))
            }
        }
        for item in matcher.currentItems where !automaton.edges(of: item.state).isEmpty {
            states.insert(alike[Int(item.state)])
            guard states.count <= Self.mostStates else { throw TooMuchWork() }
            try add(item.state, item.place, Self.everything, &cache, &work)
        }
        while let next = pending.popLast() {
            let rest = Self.without(judged[next.place] ?? [], next.rest, &cache, &work)
            guard rest != Self.noRest else { continue }
            judged[next.place, default: []].append(rest)
            for (state, place) in matcher.returns(to: next.place) { try add(state, place, rest, &cache, &work) }
        }
    }

    /// A rest without nodes that were judged at the same place before: places may lead to each other in circles.
    private static func without(_ judged: [Int], _ rest: Int, _ cache: inout Cache, _ work: inout Int) -> Int {
        guard !judged.isEmpty else { return rest }
        let known = judged.reduce(into: Set<Int32>()) { $0.formUnion(cache.rests[$1]) }
        work -= judged.reduce(cache.rests[rest].count) { $0 + 1 + cache.rests[$1].count }
        return cache.number(of: cache.rests[rest].filter { !known.contains($0) })
    }

    private struct Pending {
        var place: Int32
        var rest: Int
    }

    /// How many parts were not there when they were needed.
    package var misses: Int { cache.withLock { $0.misses } }
    /// What all parts and rests take.
    package var byteCount: Int { cache.withLock { $0.byteCount } }

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
        let generation = cache.withLock { $0.generation }
        while let key = pending.popLast() {
            guard known.insert(key).inserted else { continue }
            guard ContinuousClock.now < end, !isCancelled() else { return }
            let part: Part?? = cache.withLock { cache in
                guard cache.generation == generation, cache.byteCount < mostBytes / 2 else { return nil }
                var work = Self.workOfAPart
                // One that takes too much is left to the texts that need it, which then fail.
                return .some(try? self.part(key, isAwaited: false, &cache, &work))
            }
            guard let part else { return }
            guard let part, part.rest != Self.noRest else { continue }
            for target in ends.returns(from: key.state) {
                pending.append(Key(state: alike[Int(target)], rest: part.rest))
            }
        }
    }

    // MARK: Parts

    private func part(
        _ key: Key, isAwaited: Bool = true, _ cache: inout Cache, _ work: inout Int
    ) throws(TooMuchWork) -> Part {
        if let known = cache.parts[key] { return known }
        if isAwaited { cache.misses += 1 }
        var judge = TokenJudge(automaton, vocabulary, work: work)
        if key.rest == Self.everything {
            // What is called there are states of their own.
            judge.judge(0..<vocabulary.nodeCount, below: 0, in: key.state)
        } else {
            let matcher = GrammarMatcher(automaton, in: key.state)
            for node in cache.rests[key.rest].map(Int.init) {
                if matcher.canEnd { judge.rest.append(Int32(node)) }
                judge.judge(
                    node + 1..<Int(vocabulary.ends[node]), below: Int(vocabulary.depths[node]), matcher)
            }
        }
        work = judge.work
        guard work > 0 else { throw TooMuchWork() }
        let set = TokenSet(judge.tokens, words: vocabulary.maskWords)
        let part = Part(tokens: set, rest: cache.number(of: Set(judge.rest).sorted()))
        cache.parts[key] = part
        cache.partBytes += set.byteCount + 64
        return part
    }
}
