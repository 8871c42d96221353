import LlamaradaTensors

extension SchemaCompiler {
    /// What is asked of a text.
    struct Text: Hashable {
        var least = 0
        /// Nil has no limit.
        var most: Int?
        var patterns: Set<ExactText> = []
    }

    /// A text by `minLength`, `maxLength`, `pattern` and `format`.
    mutating func string(_ nodes: [Int]) throws(GrammarError) -> Grammar.Expression {
        var text = Text()
        for node in nodes {
            if let count = try count("minLength", node) { text.least = max(text.least, count) }
            if let count = try count("maxLength", node) { text.most = min(text.most ?? count, count) }
            text.patterns.formUnion(try patterns(node).map(ExactText.init))
        }
        guard text.least > 0 || text.most != nil || !text.patterns.isEmpty else { return syntax.string }
        if let known = texts[text] { return known }
        let pointer = document.nodes[nodes[0]].pointer
        guard text.least <= grammar.limits.states else {
            throw .schema(.tooLarge, pointer, "keyword 'minLength' of \(text.least) takes too many states")
        }
        // A rule, whose states texts of the same kind share.
        let rule = try grammar.rule("text", try expression(of: text, pointer))
        texts[text] = rule
        return rule
    }

    private mutating func expression(of text: Text, _ pointer: SchemaPlace) throws(GrammarError) -> Grammar.Expression {
        let (least, most) = (text.least, text.most)
        var automaton: ByteAutomaton?
        for pattern in text.patterns.sorted() {
            let own = try self.automaton(pattern.text, pointer)
            automaton = if let other = automaton { try other.intersection(own, &grammar.budget) } else { own }
        }
        let quote = try grammar.text("\"")
        let content: Grammar.Expression
        if var automaton {
            if least > 0 || most != nil {
                let length = try self.automaton { (grammar: inout Grammar) throws(GrammarError) in
                    try grammar.repeated(try JSONSyntax.spell(.all, &grammar), least, most)
                }
                automaton = try automaton.intersection(length, &grammar.budget)
            }
            content = try grammar.automaton(automaton)
        } else {
            content = try grammar.repeated(syntax.character, least, most)
        }
        return try grammar.sequence([quote, content, quote])
    }

    /// What `pattern` and `format` ask for, as patterns.
    private func patterns(_ node: Int) throws(GrammarError) -> [String] {
        var patterns: [String] = []
        if let pattern = try text("pattern", node) { patterns.append(pattern) }
        if let name = try text("format", node), let pattern = StringFormats.pattern(name) { patterns.append(pattern) }
        return patterns
    }

    /// Refuses a format that is not known, also where there may be no text: it may say something of numbers.
    func checkFormat(_ node: Int) throws(GrammarError) {
        guard let name = try text("format", node), StringFormats.pattern(name) == nil else { return }
        throw .unsupported(
            "format", document.nodes[node].pointer,
            "with \(name.inQuotes()); known are \(StringFormats.names.joined(separator: ", "))")
    }

    /// What a pattern accepts, as it is written in a text of JSON.
    mutating func automaton(_ pattern: String, _ pointer: SchemaPlace) throws(GrammarError) -> ByteAutomaton {
        try spend(pattern.utf8.count)
        do throws(GrammarError) {
            return try automaton { (grammar: inout Grammar) throws(GrammarError) in
                var parser = PatternParser(pattern)
                return try parser.parse(into: &grammar, spell: JSONSyntax.spell)
            }
        } catch {
            throw .schema(error.code, pointer, error.problem, remedy: error.remedy)
        }
    }

    /// An automaton of an expression that calls no rules.
    mutating func automaton(
        _ make: (inout Grammar) throws(GrammarError) -> Grammar.Expression
    ) throws(GrammarError) -> ByteAutomaton {
        var own = Grammar(limits: grammar.limits)
        own.root = try own.declare("text")
        own.define(own.root, try make(&own))
        try spend(4 * own.nodes.count)
        return ByteAutomaton(try PushdownAutomaton(own, &grammar.budget))
    }
}

extension ByteAutomaton {
    /// The automaton of a grammar of one rule.
    init(_ automaton: PushdownAutomaton) {
        states = (0..<Int32(automaton.stateCount)).map {
            State(edges: Array(automaton.edges(of: $0)), isAccepting: automaton.isAccepting[Int($0)])
        }
    }
}
