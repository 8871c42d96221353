/// A context-free grammar over bytes: rules of expressions, of which equal ones are one.
///
/// Expressions are numbers of nodes in a list, each of which is made of earlier ones only; rules alone refer to each other
/// freely. So whatever is computed of expressions is a loop over the list, and no source, however deep, fills the stack.
package struct Grammar: Sendable {
    /// An expression: the number of its node.
    package struct Expression: Hashable, Sendable {
        let index: Int32
    }

    /// A rule's number.
    package typealias RuleID = Int

    /// What an expression is.
    enum Node: Hashable, Sendable {
        /// The empty text.
        case empty
        /// No text at all.
        case never
        /// These bytes.
        case bytes([UInt8])
        /// One of these scalars, in UTF-8.
        case scalars(ScalarSet)
        /// One after the other; never fewer than two.
        case sequence([Expression])
        /// One of them; never fewer than two.
        case choice([Expression])
        /// An expression so many times; nil has no limit.
        case repeated(Expression, Int, Int?)
        /// Some of these, in their order, with a separator between them.
        case list([Item], separator: Expression)
        /// What a rule says.
        case rule(RuleID)
        /// What an automaton accepts.
        case automaton(Int)
    }

    /// A part of a list.
    package struct Item: Hashable, Sendable {
        var expression: Expression
        /// Whether the list may do without it.
        var isOptional: Bool
        /// Whether more of its kind may follow.
        var repeats: Bool

        package init(_ expression: Expression, isOptional: Bool = false, repeats: Bool = false) {
            self.expression = expression
            self.isOptional = isOptional
            self.repeats = repeats
        }
    }

    /// A named expression.
    struct Rule: Sendable {
        var name: String
        /// Nil until it is defined.
        var expression: Expression?
    }

    private(set) var nodes: [Node] = []
    /// How many expressions lie in each other, by node.
    private var depths: [Int] = []
    private var numbers: [Node: Int32] = [:]
    private(set) var rules: [Rule] = []
    private(set) var automata: [ByteAutomaton] = []
    /// Where a text begins.
    package var root: RuleID = 0
    let limits: GrammarLimits
    /// What schemas may still take on their way into the grammar.
    var budget: GrammarBudget

    package init(limits: GrammarLimits = .init()) {
        self.limits = limits
        budget = GrammarBudget(limits)
    }

    private mutating func expression(_ node: Node) throws(GrammarError) -> Expression {
        if let known = numbers[node] { return Expression(index: known) }
        guard nodes.count < limits.expressions else {
            throw GrammarError(.tooLarge, "the grammar has more than \(limits.expressions) parts")
        }
        let depth = 1 + (node.parts.map { depths[Int($0.index)] }.max() ?? 0)
        guard depth <= 4 * limits.depth else {
            throw GrammarError(.tooLarge, "the grammar has more than \(4 * limits.depth) expressions in each other")
        }
        depths.append(depth)
        nodes.append(node)
        numbers[node] = Int32(nodes.count - 1)
        return Expression(index: Int32(nodes.count - 1))
    }

    func node(_ expression: Expression) -> Node { nodes[Int(expression.index)] }
}

extension Grammar {
    // MARK: Making expressions

    package mutating func empty() throws(GrammarError) -> Expression { try expression(.empty) }
    package mutating func never() throws(GrammarError) -> Expression { try expression(.never) }

    package mutating func bytes(_ bytes: [UInt8]) throws(GrammarError) -> Expression {
        try expression(bytes.isEmpty ? .empty : .bytes(bytes))
    }

    package mutating func text(_ text: String) throws(GrammarError) -> Expression { try bytes(Array(text.utf8)) }

    package mutating func scalars(_ set: ScalarSet) throws(GrammarError) -> Expression {
        try expression(set.isEmpty ? .never : .scalars(set))
    }

    package mutating func sequence(_ parts: [Expression]) throws(GrammarError) -> Expression {
        if parts.contains(where: { node($0) == .never }) { return try never() }
        let parts = parts.filter { node($0) != .empty }
        return switch parts.count {
        case 0: try empty()
        case 1: parts[0]
        default: try expression(.sequence(parts))
        }
    }

    package mutating func choice(_ parts: [Expression]) throws(GrammarError) -> Expression {
        var seen = Set<Expression>()
        let parts = parts.filter { node($0) != .never && seen.insert($0).inserted }
        return switch parts.count {
        case 0: try never()
        case 1: parts[0]
        default: try expression(.choice(parts))
        }
    }

    /// An expression from `least` to `most` times; a `most` of nil has no limit.
    package mutating func repeated(
        _ part: Expression, _ least: Int, _ most: Int?
    ) throws(GrammarError) -> Expression {
        if let most, most < least { return try never() }
        if most == 0 || node(part) == .empty { return try empty() }
        if node(part) == .never { return least == 0 ? try empty() : try never() }
        return least == 1 && most == 1 ? part : try expression(.repeated(part, least, most))
    }

    /// Some of the items, in their order, with a separator between them; the empty text where all are optional.
    package mutating func list(_ items: [Item], separator: Expression) throws(GrammarError) -> Expression {
        if items.contains(where: { !$0.isOptional && node($0.expression) == .never }) { return try never() }
        let items = items.filter { node($0.expression) != .never }
        return items.isEmpty ? try empty() : try expression(.list(items, separator: separator))
    }

    package mutating func optional(_ part: Expression) throws(GrammarError) -> Expression { try repeated(part, 0, 1) }

    /// What an automaton accepts.
    mutating func automaton(_ automaton: ByteAutomaton) throws(GrammarError) -> Expression {
        automata.append(automaton)
        return try expression(.automaton(automata.count - 1))
    }

    /// One control token, by its piece; no text reads so.
    package mutating func token(_ piece: [UInt8]) throws(GrammarError) -> Expression {
        try bytes(Self.mark(ofToken: piece))
    }

    /// What stands for a control token in a vocabulary: bytes that are no UTF-8 around its piece, so that no text of
    /// scalars can mean it.
    package static func mark(ofToken piece: [UInt8]) -> [UInt8] { [0xFF] + piece + [0xFE] }

    // MARK: Rules

    /// A new rule, to be defined later.
    package mutating func declare(_ name: String) throws(GrammarError) -> RuleID {
        guard rules.count < limits.rules else {
            throw GrammarError(.tooLarge, "the grammar has more than \(limits.rules) rules")
        }
        rules.append(Rule(name: name))
        return rules.count - 1
    }

    package mutating func define(_ rule: RuleID, _ expression: Expression) { rules[rule].expression = expression }

    /// A new rule that is defined at once, as an expression.
    package mutating func rule(_ name: String, _ expression: Expression) throws(GrammarError) -> Expression {
        let rule = try declare(name)
        define(rule, expression)
        return try reference(rule)
    }

    package mutating func reference(_ rule: RuleID) throws(GrammarError) -> Expression { try expression(.rule(rule)) }
}

extension Grammar.Node {
    /// The expressions that it is made of.
    var parts: [Grammar.Expression] {
        switch self {
        case .empty, .never, .bytes, .scalars, .rule, .automaton: []
        case .sequence(let parts), .choice(let parts): parts
        case .repeated(let part, _, _): [part]
        case .list(let items, let separator): items.map(\.expression) + [separator]
        }
    }
}
