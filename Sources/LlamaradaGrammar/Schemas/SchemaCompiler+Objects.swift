import LlamaradaTensors

extension SchemaCompiler {
    /// What subschemas say of an object's members.
    private struct Members {
        /// Names that are spelled out, in the order in which they come.
        var names: [ExactText] = []
        var required: Set<ExactText> = []
        /// By subschema: what it says of names, of patterns of names, and of others.
        var properties: [[ExactText: Int]] = []
        var patterns: [[(pattern: ExactText, node: Int)]] = []
        var others: [Int?] = []
        /// Whether a subschema says which names there are.
        var isDescribed = false
        /// Automata of the patterns.
        var automata: [ExactText: ByteAutomaton] = [:]

        /// Whether names that are nowhere spelled out may come: where a subschema says what they are, or none says what
        /// there is.
        var isOpen: Bool {
            !isDescribed || others.contains { $0 != nil }
        }

        /// What applies to a name in one subschema.
        func subschemas(of name: ExactText, in index: Int) -> [Int] {
            var found = properties[index][name].map { [$0] } ?? []
            let spelling = patterns[index].isEmpty ? [] : JSONSyntax.spelled(name.text)
            for (pattern, node) in patterns[index] where automata[pattern]?.accepts(spelling) == true {
                found.append(node)
            }
            return found.isEmpty ? others[index].map { [$0] } ?? [] : found
        }
    }

    /// An object by `properties`, `required`, `patternProperties` and `additionalProperties`.
    mutating func object(_ nodes: [Int]) throws(GrammarError) -> Grammar.Expression {
        let members = try members(of: nodes)
        try checkCounts(nodes, members)
        guard !members.names.isEmpty || members.isOpen == false || members.others.contains(where: { $0 != nil }) else {
            return syntax.object
        }
        var items: [Grammar.Item] = []
        let patterns = members.patterns.reduce(0) { $0 + $1.count }
        for name in members.names {
            try spend(nodes.count + (1 + patterns) * (8 + name.text.utf8.count))
            let subschemas = nodes.indices.flatMap { members.subschemas(of: name, in: $0) }
            let member = try grammar.sequence([
                try grammar.bytes(Array("\"".utf8) + JSONSyntax.spelled(name.text) + Array("\"".utf8)), syntax.colon,
                try value(subschemas),
            ])
            items.append(.init(member, isOptional: !members.required.contains(name)))
        }
        if let others = try otherMembers(members) { items.append(.init(others, isOptional: true, repeats: true)) }
        return try syntax.bracketed("{", try grammar.list(items, separator: syntax.comma), "}", &grammar)
    }

    private mutating func members(of nodes: [Int]) throws(GrammarError) -> Members {
        var members = Members()
        var seen = Set<ExactText>()
        for node in nodes {
            let (value, pointer) = (document.nodes[node].value, document.nodes[node].pointer)
            if value["properties"] != nil || value["patternProperties"] != nil { members.isDescribed = true }
            var properties: [ExactText: Int] = [:]
            for member in try Self.members("properties", value, pointer) {
                try spend(4 + member.name.utf8.count)
                let name = ExactText(member.name)
                properties[name] = document.child(node, "properties", member.name, value: member.value)
                if seen.insert(name).inserted { members.names.append(name) }
            }
            members.properties.append(properties)
            var patterns: [(ExactText, Int)] = []
            for member in try Self.members("patternProperties", value, pointer) {
                let pattern = ExactText(member.name)
                patterns.append((pattern, document.child(node, "patternProperties", member.name, value: member.value)))
                if members.automata[pattern] == nil { members.automata[pattern] = try automaton(member.name, pointer) }
            }
            members.patterns.append(patterns)
            members.others.append(
                value["additionalProperties"].map { document.child(node, "additionalProperties", value: $0) })
        }
        for node in nodes {
            guard let list = document.nodes[node].value["required"] else { continue }
            guard let elements = list.elements, elements.allSatisfy({ $0.text != nil }) else {
                throw .schema(.syntax, document.nodes[node].pointer, "keyword 'required' must be a list of names")
            }
            for name in elements.compactMap(\.text).map(ExactText.init) {
                try spend(4 + name.text.utf8.count)
                members.required.insert(name)
                if seen.insert(name).inserted { members.names.append(name) }
            }
        }
        return members
    }

    private static func members(
        _ keyword: String, _ value: JSONValue, _ pointer: SchemaPlace
    ) throws(GrammarError) -> [JSONValue.Member] {
        guard let object = value[keyword] else { return [] }
        guard let members = object.members else {
            throw .schema(.syntax, pointer, "keyword '\(keyword)' must be an object")
        }
        return members
    }

    /// Members whose names are nowhere spelled out; nil where there may be none.
    ///
    /// Names are written in one way each, so that none comes twice unseen. Those that follow several patterns are left out.
    private mutating func otherMembers(_ members: Members) throws(GrammarError) -> Grammar.Expression? {
        let patterns = members.automata.keys.sorted()
        try spend(patterns.count * (patterns.count + members.patterns.reduce(0) { $0 + 1 + $1.count }))
        var choices: [Grammar.Expression] = []
        for pattern in patterns {
            guard let automaton = members.automata[pattern] else { continue }
            let others = patterns.filter { $0 != pattern }.compactMap { members.automata[$0] }
            let subschemas = members.others.indices.flatMap { index in
                let own = members.patterns[index].filter { $0.pattern == pattern }.map(\.node)
                return own.isEmpty ? members.others[index].map { [$0] } ?? [] : own
            }
            choices.append(try self.member(automaton, without: members.names, others, try value(subschemas)))
        }
        if members.isOpen {
            let any = try automaton { (grammar: inout Grammar) throws(GrammarError) in
                try grammar.repeated(try JSONSyntax.spell(.all, &grammar), 0, nil)
            }
            let others = patterns.compactMap { members.automata[$0] }
            let subschemas = members.others.compactMap { $0 }
            choices.append(try self.member(any, without: members.names, others, try value(subschemas)))
        }
        return choices.isEmpty ? nil : try grammar.choice(choices)
    }

    private mutating func member(
        _ names: ByteAutomaton, without spelled: [ExactText], _ others: [ByteAutomaton], _ value: Grammar.Expression
    ) throws(GrammarError) -> Grammar.Expression {
        var names = names
        for other in others { names = try names.subtracting(other, &grammar.budget) }
        if !spelled.isEmpty {
            let automaton = try self.automaton { (grammar: inout Grammar) throws(GrammarError) in
                var choices: [Grammar.Expression] = []
                for name in spelled { choices.append(try grammar.bytes(JSONSyntax.spelled(name.text))) }
                return try grammar.choice(choices)
            }
            names = try names.subtracting(automaton, &grammar.budget)
        }
        let quote = try grammar.text("\"")
        let name = try grammar.rule("name", try grammar.sequence([quote, try grammar.automaton(names), quote]))
        return try grammar.sequence([name, syntax.colon, value])
    }

    /// Members are not counted: bounds are allowed where they change nothing.
    private func checkCounts(_ nodes: [Int], _ members: Members) throws(GrammarError) {
        for node in nodes {
            if let least = try count("minProperties", node), least > members.required.count {
                throw .unsupported(
                    "minProperties", document.nodes[node].pointer, "beyond the number of required properties")
            }
            let isClosed = !members.isOpen && members.automata.isEmpty
            if let most = try count("maxProperties", node), !isClosed || most < members.names.count {
                throw .unsupported(
                    "maxProperties", document.nodes[node].pointer, "below the number of properties")
            }
        }
    }
}
