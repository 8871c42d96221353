package import LlamaradaTensors

/// Makes a grammar of a JSON schema (draft 2020-12, the part of it that `SchemaKeywords` names): every text of the grammar
/// is valid by the schema, though not every valid document is a text of it.
///
/// - Properties come in the order of the schema, others behind them. Objects with `properties` have no others unless
///   `additionalProperties` says so, and lists with `prefixItems` none behind these unless `items` does.
/// - Where there is no `type`, the keywords imply it: one with `properties` is an object.
/// - A value to which several subschemas apply (`allOf`, `$ref` with siblings) is what all of them allow: a rule belongs to
///   a *set* of subschemas, so that recursion is a rule that refers to itself.
/// - `oneOf` is taken as `anyOf` where its branches can be seen to exclude each other, and refused elsewhere.
package struct SchemaCompiler {
    /// A subschema, or its own keywords without those that combine it with others.
    struct Part: Hashable, Comparable {
        var node: Int
        var isAlone = false

        static func < (one: Part, other: Part) -> Bool {
            one.node == other.node ? !one.isAlone && other.isAlone : one.node < other.node
        }
    }

    /// Most combinations of the alternatives of one value.
    private static let mostCombinations = 256

    var document: SchemaDocument
    var grammar: Grammar
    let syntax: JSONSyntax
    /// Rules of texts, by what is asked of them.
    var texts: [Text: Grammar.Expression] = [:]
    private var rules: [[Part]: Grammar.RuleID] = [:]
    private var pending: [(parts: [Part], rule: Grammar.RuleID)] = []

    /// The grammar of a schema, as a text of JSON.
    ///
    /// - Throws: `GrammarError` that names the place of the schema, and the keyword where one is not supported.
    package static func grammar(of source: [UInt8], limits: GrammarLimits = .init()) throws(GrammarError) -> Grammar {
        guard source.count <= limits.sourceBytes else {
            throw GrammarError(.tooLarge, "the schema has \(source.count) bytes, more than \(limits.sourceBytes)")
        }
        let value: JSONValue
        do throws(JSONParser.SyntaxError) {
            value = try JSONValue(source, largestDepth: limits.depth)
        } catch {
            throw GrammarError(.syntax, "the schema is no JSON: byte \(error.position): expected \(error.expected)")
        }
        return try grammar(of: value, limits: limits)
    }

    /// The same of a document.
    package static func grammar(
        of schema: JSONValue, limits: GrammarLimits = .init()
    ) throws(GrammarError) -> Grammar {
        var grammar = Grammar(limits: limits)
        grammar.root = try grammar.declare("root")
        let expression = try expression(of: schema, into: &grammar)
        grammar.define(grammar.root, expression)
        return grammar
    }

    /// Any object, as `json_object` asks for.
    package static func anyObject() throws(GrammarError) -> Grammar {
        var grammar = Grammar()
        grammar.root = try grammar.declare("root")
        grammar.define(grammar.root, try JSONSyntax(&grammar).object)
        return grammar
    }

    /// What a schema allows, as part of a grammar, whose schemas share its limits.
    ///
    /// - Parameter isObject: whether only objects are allowed, whatever else the schema allows.
    package static func expression(
        of schema: JSONValue, into grammar: inout Grammar, isObject: Bool = false
    ) throws(GrammarError) -> Grammar.Expression {
        let size = try schema.size(depth: grammar.limits.depth)
        try grammar.budget.spend(values: size.values, bytes: size.bytes, grammar.limits)
        var compiler = try SchemaCompiler(schema, grammar)
        var nodes = [SchemaDocument.root]
        if isObject { nodes.append(compiler.document.add(["type": "object"])) }
        let expression = try compiler.value(nodes)
        try compiler.finish()
        grammar = compiler.grammar
        return expression
    }

    private init(_ schema: JSONValue, _ grammar: Grammar) throws(GrammarError) {
        var grammar = grammar
        syntax = try JSONSyntax(&grammar)
        document = SchemaDocument(schema)
        self.grammar = grammar
    }

    /// A value to which all of some subschemas apply.
    mutating func value(_ nodes: [Int]) throws(GrammarError) -> Grammar.Expression {
        try value(nodes.map { Part(node: $0) })
    }

    private mutating func value(_ parts: [Part]) throws(GrammarError) -> Grammar.Expression {
        try spend(4 * parts.count)
        let parts = Set(parts).sorted()
        guard !parts.isEmpty else { return syntax.value }
        if let known = rules[parts] { return try grammar.reference(known) }
        let rule = try grammar.declare(document.nodes[parts[0].node].pointer.pointer(most: 80))
        rules[parts] = rule
        pending.append((parts, rule))
        return try grammar.reference(rule)
    }

    /// Defines rules until none is left: in a loop, since schemas refer to each other as deep as they like.
    private mutating func finish() throws(GrammarError) {
        while let next = pending.popLast() {
            grammar.define(next.rule, try definition(next.parts))
        }
    }

    private mutating func definition(_ parts: [Part]) throws(GrammarError) -> Grammar.Expression {
        let all = try gathered(parts)
        guard !all.isImpossible else { return try grammar.never() }
        guard !all.alternatives.isEmpty else { return try plain(all.own) }
        var combinations: [[Part]] = [all.own.map { Part(node: $0, isAlone: true) }]
        for branches in all.alternatives {
            let count = combinations.count * branches.count
            guard count <= Self.mostCombinations else {
                throw .schema(
                    .tooLarge, document.nodes[parts[0].node].pointer,
                    "alternatives (anyOf, oneOf) of one value have more than \(Self.mostCombinations) combinations")
            }
            try spend(count * (1 + combinations[0].count))
            combinations = combinations.flatMap { combination in
                branches.map { combination + [Part(node: $0)] }
            }
        }
        var choices: [Grammar.Expression] = []
        for combination in combinations { choices.append(try value(combination)) }
        return try grammar.choice(choices)
    }

    // MARK: What applies to one value

    /// What subschemas say together.
    private struct Gathered {
        /// Subschemas with keywords of their own.
        var own: [Int] = []
        /// Of each list one applies, too.
        var alternatives: [[Int]] = []
        /// Whether one of them is `false`.
        var isImpossible = false
    }

    private mutating func gathered(_ parts: [Part]) throws(GrammarError) -> Gathered {
        var result = Gathered()
        var seen = Set<Part>()
        var seenNodes = Set<Int>()
        var rest = Array(parts.reversed())
        while let part = rest.popLast() {
            guard seen.insert(part).inserted else { continue }
            let node = document.nodes[part.node]
            if case .bool(let flag) = node.value {
                if !flag { result.isImpossible = true }
                continue
            }
            guard let members = node.value.members else {
                throw .schema(.syntax, node.pointer, "a schema must be an object, true or false")
            }
            try spend(8 + 4 * members.count)
            try SchemaKeywords.check(members, node.pointer)
            try checkFormat(part.node)
            if seenNodes.insert(part.node).inserted { result.own.append(part.node) }
            if part.isAlone { continue }
            if let reference = try text("$ref", part.node) {
                let target = try resolve(reference, from: part.node)
                try checkReferences(from: part.node, to: target)
                rest.append(Part(node: target))
            }
            rest += try branches("allOf", part.node).map { Part(node: $0) }
            for keyword in ["anyOf", "oneOf"] where node.value[keyword] != nil {
                let branches = try branches(keyword, part.node)
                if keyword == "oneOf", branches.count <= Self.mostCombinations {
                    try checkExclusive(branches, node.pointer)
                }
                result.alternatives.append(branches)
            }
        }
        return result
    }

    /// Refuses references that lead to each other in a circle, and so say nothing.
    private mutating func checkReferences(from node: Int, to target: Int) throws(GrammarError) {
        var chain: Set = [node]
        var next = target
        while chain.insert(next).inserted {
            guard let reference = try text("$ref", next) else { return }
            next = try resolve(reference, from: next)
        }
        throw .schema(.unsatisfiable, document.nodes[node].pointer, "keyword '$ref' refers to itself")
    }

    /// Takes steps off what the grammar's schemas may take.
    mutating func spend(_ steps: Int) throws(GrammarError) { try grammar.budget.spend(steps) }

    mutating func resolve(_ reference: String, from node: Int) throws(GrammarError) -> Int {
        try spend(8 + reference.utf8.count)
        return try document.resolve(reference, from: node)
    }

    /// How many values there are in some.
    func weight(_ values: [JSONValue]) throws(GrammarError) -> Int {
        var weight = 0
        for value in values { weight += try value.size(depth: grammar.limits.depth).values }
        return weight
    }

    /// The subschemas in a keyword's list; none where it is not there.
    mutating func branches(_ keyword: String, _ node: Int) throws(GrammarError) -> [Int] {
        guard let value = document.nodes[node].value[keyword] else { return [] }
        guard let elements = value.elements, !elements.isEmpty else {
            throw .schema(.syntax, document.nodes[node].pointer, "keyword '\(keyword)' must be a list of schemas")
        }
        try spend(4 * elements.count)
        return elements.enumerated().map { document.child(node, keyword, "\($0)", value: $1) }
    }

    func text(_ keyword: String, _ node: Int) throws(GrammarError) -> String? {
        guard let value = document.nodes[node].value[keyword] else { return nil }
        guard let text = value.text else {
            throw .schema(.syntax, document.nodes[node].pointer, "keyword '\(keyword)' must be a text")
        }
        return text
    }

    /// A number that counts something.
    func count(_ keyword: String, _ node: Int) throws(GrammarError) -> Int? {
        guard let value = document.nodes[node].value[keyword] else { return nil }
        guard let count = value.wholeNumber, count >= 0 else {
            throw .schema(
                .syntax, document.nodes[node].pointer, "keyword '\(keyword)' must be a whole number of 0 or more")
        }
        return count
    }

    // MARK: A value without alternatives

    private mutating func plain(_ nodes: [Int]) throws(GrammarError) -> Grammar.Expression {
        let kinds = try kinds(of: nodes)
        if let values = try values(of: nodes, kinds) {
            var choices: [Grammar.Expression] = []
            for value in values {
                let text = Array(value.encoded.utf8)
                try spend(text.count)
                choices.append(try grammar.bytes(text))
            }
            return try grammar.choice(choices)
        }
        guard
            nodes.contains(where: {
                hasKeyword(
                    $0,
                    SchemaKeywords.ofNumbers.union(SchemaKeywords.ofStrings)
                        .union(SchemaKeywords.ofArrays).union(SchemaKeywords.ofObjects).union(["type"]))
            })
        else { return syntax.value }
        var choices: [Grammar.Expression] = []
        if kinds.contains(.object) { choices.append(try object(nodes)) }
        if kinds.contains(.array) { choices.append(try array(nodes)) }
        if kinds.contains(.string) { choices.append(try string(nodes)) }
        if kinds.contains(.fraction) {
            choices.append(try number(nodes))
        } else if kinds.contains(.integer) {
            choices.append(try integer(nodes))
        }
        if kinds.contains(.boolean) { choices.append(syntax.boolean) }
        if kinds.contains(.null) { choices.append(syntax.null) }
        return try grammar.choice(choices)
    }

    func hasKeyword(_ node: Int, _ keywords: Set<String>) -> Bool {
        document.nodes[node].value.members?.contains { keywords.contains($0.name) } ?? false
    }

    /// What kinds of values there may be: those of `type`, or else those that other keywords are about.
    private func kinds(of nodes: [Int]) throws(GrammarError) -> JSONKinds {
        var kinds = JSONKinds.all
        var isTyped = false
        for node in nodes {
            guard let own = try JSONKinds(type: document.nodes[node].value["type"], document.nodes[node].pointer) else {
                continue
            }
            kinds.formIntersection(own)
            isTyped = true
        }
        if isTyped || nodes.contains(where: { hasKeyword($0, SchemaKeywords.values) }) { return kinds }
        var implied: JSONKinds = []
        let meant: [(Set<String>, JSONKinds)] = [
            (SchemaKeywords.ofNumbers, .number), (SchemaKeywords.ofStrings, .string),
            (SchemaKeywords.ofArrays, .array), (SchemaKeywords.ofObjects, .object),
        ]
        for (keywords, kind) in meant where nodes.contains(where: { hasKeyword($0, keywords) }) {
            implied.formUnion(kind)
        }
        return implied.isEmpty ? .all : implied
    }

    /// The values of `enum` and `const`; nil where there are none.
    private mutating func values(of nodes: [Int], _ kinds: JSONKinds) throws(GrammarError) -> [JSONValue]? {
        var values: [JSONValue]?
        for node in nodes {
            guard let own = try self.values(of: node) else { continue }
            if let values { try spend(try weight(values) * weight(own)) }
            values = values.map { $0.filter { value in own.contains { $0.equals(value) } } } ?? own
        }
        guard let values else { return nil }
        let others = SchemaKeywords.ofNumbers.union(SchemaKeywords.ofStrings).union(SchemaKeywords.ofArrays)
            .union(SchemaKeywords.ofObjects)
        for node in nodes {
            let members = document.nodes[node].value.members ?? []
            if let other = members.first(where: { others.contains($0.name) }) {
                throw .unsupported(other.name, document.nodes[node].pointer, "beside 'enum' or 'const'")
            }
        }
        return values.filter { kinds.isSuperset(of: JSONKinds(of: $0)) }
    }

    /// The values of one subschema's `enum` and `const`; nil where there are none.
    mutating func values(of number: Int) throws(GrammarError) -> [JSONValue]? {
        let node = document.nodes[number]
        var values: [JSONValue]?
        if let list = node.value["enum"] {
            guard let elements = list.elements else {
                throw .schema(.syntax, node.pointer, "keyword 'enum' must be a list")
            }
            values = elements
        }
        if let value = node.value["const"] {
            if let values { try spend(try weight(values) * weight([value])) }
            values = values.map { $0.filter { $0.equals(value) } } ?? [value]
        }
        try spend(try weight(values ?? []))
        guard !(values ?? []).contains(where: \.hasRoundedNumber) else {
            throw .schema(.unsupported, node.pointer, "numbers of 2^53 or more in 'enum' or 'const'")
        }
        return values
    }
}
