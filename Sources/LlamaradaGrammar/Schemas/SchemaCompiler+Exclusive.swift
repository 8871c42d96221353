import LlamaradaTensors

extension SchemaCompiler {
    /// What is certain of every value that a subschema allows.
    private struct Outline {
        var kinds = JSONKinds.all
        /// The only values that it may have.
        var values: [JSONValue]?
        var required: Set<ExactText> = []
        /// The only values that properties may have.
        var properties: [ExactText: [JSONValue]] = [:]
    }

    /// Branches looked at for one outline: more are not followed, which leaves the outline true.
    private static let mostParts = 64

    /// Refuses branches of `oneOf` of which two could hold at once.
    mutating func checkExclusive(_ branches: [Int], _ pointer: SchemaPlace) throws(GrammarError) {
        var outlines: [Outline] = []
        for branch in branches { outlines.append(try outline(of: branch)) }
        for (index, one) in outlines.enumerated() {
            for (other, another) in outlines.enumerated().dropFirst(index + 1)
            where try !areExclusive(one, another) {
                throw .unsupported(
                    "oneOf", pointer,
                    "where branches do not clearly exclude each other, as \(index) and \(other) by type, 'const' or a required property with one; use 'anyOf'"
                )
            }
        }
    }

    private mutating func areExclusive(_ one: Outline, _ other: Outline) throws(GrammarError) -> Bool {
        try spend(4 + min(one.required.count, other.required.count))
        let kinds = one.kinds.intersection(other.kinds)
        if kinds.isEmpty { return true }
        if let values = one.values, let others = other.values {
            return try !haveCommon(values, others)
        }
        for (values, kinds) in [(one.values, other.kinds), (other.values, one.kinds)] {
            try spend(values?.count ?? 0)
            if let values, !values.contains(where: { kinds.isSuperset(of: JSONKinds(of: $0)) }) { return true }
        }
        guard kinds == .object else { return false }
        for name in one.required.intersection(other.required) {
            guard let values = one.properties[name], let others = other.properties[name] else { continue }
            if try !haveCommon(values, others) { return true }
        }
        return false
    }

    /// Whether a value of one list is in the other.
    private mutating func haveCommon(_ values: [JSONValue], _ others: [JSONValue]) throws(GrammarError) -> Bool {
        try spend(try weight(values) * weight(others))
        return values.contains { value in others.contains { $0.equals(value) } }
    }

    private mutating func outline(of branch: Int) throws(GrammarError) -> Outline {
        var outline = Outline()
        for node in try conjuncts(of: branch) {
            let value = document.nodes[node].value
            try spend(8 + 4 * (value["properties"]?.members?.count ?? 0) + (value["required"]?.elements?.count ?? 0))
            if case .bool(false) = value { outline.kinds = [] }
            if let kinds = try JSONKinds(type: value["type"], document.nodes[node].pointer) {
                outline.kinds.formIntersection(kinds)
            }
            if let values = try values(of: node) {
                outline.values = outline.values ?? values
                outline.kinds.formIntersection(values.reduce([]) { $0.union(JSONKinds(of: $1)) })
            }
            outline.required.formUnion(value["required"]?.elements?.compactMap(\.text).map(ExactText.init) ?? [])
            for member in value["properties"]?.members ?? [] {
                let property = document.child(node, "properties", member.name, value: member.value)
                let name = ExactText(member.name)
                for part in try conjuncts(of: property) where outline.properties[name] == nil {
                    outline.properties[name] = try values(of: part)
                }
            }
        }
        return outline
    }

    /// A subschema and those that apply wherever it does.
    private mutating func conjuncts(of node: Int) throws(GrammarError) -> [Int] {
        var found = [node]
        var index = 0
        while index < found.count, found.count < Self.mostParts {
            let node = found[index]
            index += 1
            var more = try branches("allOf", node)
            if let reference = try text("$ref", node) {
                more.append(try resolve(reference, from: node))
            }
            found += more.filter { !found.contains($0) }
        }
        return found
    }
}
