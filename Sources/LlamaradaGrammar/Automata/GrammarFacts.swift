/// What is known of a grammar's expressions and rules before automata are made of them.
struct GrammarFacts {
    /// Whether an expression, by its node, may be the empty text.
    private(set) var isNullable: [Bool]
    /// Whether a rule may be.
    private(set) var nullableRules: [Bool]
    /// Whether a rule is taken into the automata of those that refer to it, so that a token that goes beyond it needs no
    /// look at what called it. Rules that repeat something are not: their states are shared by all that call them.
    private(set) var isInlined: [Bool]

    /// Larger rules are called: copies of them would cost more than the call.
    private static let largestInlined = 40
    /// Most inlined rules in each other.
    private static let deepestInlined = 8
    /// More copies of something than this are not inlined.
    private static let mostCopies = 4

    /// - Throws: `GrammarError` where a rule is not defined.
    init(_ grammar: Grammar) throws(GrammarError) {
        if let missing = grammar.rules.first(where: { $0.expression == nil }) {
            throw GrammarError(.syntax, "rule \(missing.name.inQuotes()) is referred to and not defined")
        }
        nullableRules = Array(repeating: false, count: grammar.rules.count)
        isNullable = Array(repeating: false, count: grammar.nodes.count)
        isInlined = Array(repeating: false, count: grammar.rules.count)
        findNullable(grammar)
        findInlined(grammar)
    }

    private mutating func findNullable(_ grammar: Grammar) {
        var users = [[Int]](repeating: [], count: grammar.nodes.count)
        var rulesOfNode: [Int32: [Int]] = [:]
        var nodesOfRule = [[Int]](repeating: [], count: grammar.rules.count)
        for (index, node) in grammar.nodes.enumerated() {
            for part in node.parts { users[Int(part.index)].append(index) }
            if case .rule(let rule) = node { nodesOfRule[rule].append(index) }
        }
        for (rule, value) in grammar.rules.enumerated() {
            if let index = value.expression?.index { rulesOfNode[index, default: []].append(rule) }
        }
        var pending = Array(grammar.nodes.indices.reversed())
        while let index = pending.popLast() {
            guard !isNullable[index], isNullable(grammar.nodes[index], grammar) else { continue }
            isNullable[index] = true
            pending += users[index]
            for rule in rulesOfNode[Int32(index)] ?? [] where !nullableRules[rule] {
                nullableRules[rule] = true
                pending += nodesOfRule[rule]
            }
        }
    }

    private func isNullable(_ node: Grammar.Node, _ grammar: Grammar) -> Bool {
        switch node {
        case .empty: true
        case .never, .bytes, .scalars: false
        case .sequence(let parts): parts.allSatisfy { isNullable[Int($0.index)] }
        case .choice(let parts): parts.contains { isNullable[Int($0.index)] }
        case .repeated(let part, let least, _): least == 0 || isNullable[Int(part.index)]
        case .list(let items, let separator):
            items.allSatisfy { $0.isOptional || isNullable[Int($0.expression.index)] }
                && (items.filter { !$0.isOptional }.count < 2 || isNullable[Int(separator.index)])
        case .rule(let rule): nullableRules[rule]
        case .automaton(let number): grammar.automata[number].states[0].isAccepting
        }
    }

    /// A rule is small where all that it refers to is: rules are looked at once those are known, so that rules in a circle
    /// never are.
    private mutating func findInlined(_ grammar: Grammar) {
        var sizes = [Int?](repeating: nil, count: grammar.nodes.count)
        var depths = [Int](repeating: 0, count: grammar.nodes.count)
        var changed = true
        // As many rounds as rules lie in each other; deeper ones are not inlined anyway.
        for _ in 0..<Self.deepestInlined where changed {
            changed = false
            for (index, node) in grammar.nodes.enumerated() where sizes[index] == nil {
                guard let size = size(node, grammar, sizes, depths) else { continue }
                (sizes[index], depths[index]) = (size.states, size.depth)
                changed = true
            }
            for (rule, value) in grammar.rules.enumerated() {
                guard let index = value.expression?.index, let size = sizes[Int(index)] else { continue }
                isInlined[rule] = size <= Self.largestInlined && depths[Int(index)] < Self.deepestInlined
            }
        }
    }

    /// About how many states an expression takes, and how many inlined rules lie in each other in it; nil where that is
    /// not known (yet).
    private func size(
        _ node: Grammar.Node, _ grammar: Grammar, _ sizes: [Int?], _ depths: [Int]
    ) -> (states: Int, depth: Int)? {
        var (states, depth) = (0, 0)
        for part in node.parts {
            guard let size = sizes[Int(part.index)] else { return nil }
            states += size
            depth = max(depth, depths[Int(part.index)])
        }
        switch node {
        case .empty, .never, .sequence, .choice: break
        case .bytes(let bytes): states = bytes.count
        case .scalars(let set): states = set.ranges.count
        case .repeated(_, _, let most):
            guard let most, most <= Self.mostCopies else { return nil }
            states *= most
        case .list(let items, _):
            guard !items.contains(where: \.repeats) else { return nil }
        case .rule(let rule):
            guard isInlined[rule], let index = grammar.rules[rule].expression?.index else { return nil }
            return sizes[Int(index)].map { ($0, depths[Int(index)] + 1) }
        case .automaton(let number): states = grammar.automata[number].states.count
        }
        return states > 4 * Self.largestInlined ? nil : (states, depth)
    }
}
