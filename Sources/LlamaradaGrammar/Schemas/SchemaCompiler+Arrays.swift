import LlamaradaTensors

extension SchemaCompiler {
    /// A list by `prefixItems`, `items`, `minItems` and `maxItems`.
    mutating func array(_ nodes: [Int]) throws(GrammarError) -> Grammar.Expression {
        var (least, most): (Int, Int?) = (0, nil)
        var prefixes: [[Int]] = []
        var rests: [Int?] = []
        for node in nodes {
            if let count = try count("minItems", node) { least = max(least, count) }
            if let count = try count("maxItems", node) { most = min(most ?? count, count) }
            prefixes.append(try branches("prefixItems", node))
            rests.append(try items(node))
        }
        let prefixCount = prefixes.map(\.count).max() ?? 0
        // Nothing is said of what follows, so that nothing does, unless there must be more.
        if prefixCount > 0, rests.allSatisfy({ $0 == nil }) { most = min(most ?? .max, max(prefixCount, least)) }
        try checkUnique(nodes, most)
        func subschemas(_ index: Int) -> [Int] {
            zip(prefixes, rests).compactMap { index < $0.count ? $0[index] : $1 }
        }
        try spend(nodes.count * (1 + prefixCount))
        guard most ?? .max >= least else { return try grammar.never() }
        let count = min(prefixCount, most ?? .max)
        var content = try rest(
            try value(rests.compactMap { $0 }), behind: count, least: least - count, most: most.map { $0 - count })
        for index in (0..<count).reversed() {
            let element = try value(subschemas(index))
            let one = try grammar.sequence(index == 0 ? [element, content] : [syntax.comma, element, content])
            content = index < least ? one : try grammar.optional(one)
        }
        return try syntax.bracketed("[", content, "]", &grammar)
    }

    /// Elements of one kind, behind so many others.
    private mutating func rest(
        _ element: Grammar.Expression, behind count: Int, least: Int, most: Int?
    ) throws(GrammarError) -> Grammar.Expression {
        let separated = try grammar.sequence([syntax.comma, element])
        if count > 0 { return try grammar.repeated(separated, max(0, least), most.map { max(0, $0) }) }
        if most == 0 { return try grammar.empty() }
        let all = try grammar.sequence([
            element, try grammar.repeated(separated, max(0, least - 1), most.map { $0 - 1 }),
        ])
        return least > 0 ? all : try grammar.optional(all)
    }

    private mutating func items(_ node: Int) throws(GrammarError) -> Int? {
        guard let value = document.nodes[node].value["items"] else { return nil }
        guard value.elements == nil else {
            throw .unsupported("items", document.nodes[node].pointer, "as a list; use 'prefixItems'")
        }
        return document.child(node, "items", value: value)
    }

    private func checkUnique(_ nodes: [Int], _ most: Int?) throws(GrammarError) {
        for node in nodes where most ?? .max > 1 {
            guard let value = document.nodes[node].value["uniqueItems"], value != .bool(false) else { continue }
            throw .unsupported("uniqueItems", document.nodes[node].pointer)
        }
    }
}
