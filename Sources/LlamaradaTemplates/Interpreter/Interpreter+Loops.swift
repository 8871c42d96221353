/// What a template can ask of a loop while it runs.
struct LoopState {
    let items: [TemplateValue]
    var index = 0
    /// What `loop.changed` saw last.
    var lastSeen: [TemplateValue]?
}

extension Interpreter {
    func run(_ loop: ForLoop) throws(TemplateError) -> Flow {
        let items = try selected(loop)
        guard !items.isEmpty else {
            return try inside(Scope(in: scope)) { () throws(TemplateError) in try run(loop.otherwise) }
        }
        let number = loops.count
        loops.append(LoopState(items: items))
        defer { loops.removeLast() }
        for (index, item) in items.enumerated() {
            try charge()
            loops[number].index = index
            let flow = try inside(Scope(["loop": .object(TemplateObject(.loop(number)))], in: scope)) {
                () throws(TemplateError) in
                try assign(item, to: loop.target)
                return try run(loop.body)
            }
            if flow == .leavesLoop { break }
        }
        return .goesOn
    }

    /// The elements that the loop goes through: those for which its condition holds.
    private func selected(_ loop: ForLoop) throws(TemplateError) -> [TemplateValue] {
        let items = try items(of: evaluate(loop.values))
        guard let condition = loop.condition else { return items }
        var selected: [TemplateValue] = []
        for item in items {
            let isSelected = try inside(Scope(in: scope)) { () throws(TemplateError) in
                try assign(item, to: loop.target)
                return try evaluate(condition).isTrue
            }
            if isSelected { selected.append(item) }
        }
        return selected
    }

    /// `loop.name`; nil where loops have no such attribute.
    func attribute(_ name: TemplateText, ofLoop number: Int) -> TemplateValue? {
        guard loops.indices.contains(number) else { return nil }
        let state = loops[number]
        let (index, count) = (state.index, state.items.count)
        return switch name {
        case "index": .integer(index + 1)
        case "index0": .integer(index)
        case "revindex": .integer(count - index)
        case "revindex0": .integer(count - index - 1)
        case "first": .boolean(index == 0)
        case "last": .boolean(index == count - 1)
        case "length": .integer(count)
        case "depth": .integer(1)
        case "depth0": .integer(0)
        case "previtem": index > 0 ? state.items[index - 1] : .undefined(.other("there is no previous item"))
        case "nextitem": index + 1 < count ? state.items[index + 1] : .undefined(.other("there is no next item"))
        case "cycle", "changed": .object(TemplateObject(.method(.object(TemplateObject(.loop(number))), name)))
        default: nil
        }
    }

    /// `loop.cycle(…)` and `loop.changed(…)`
    func callLoop(_ number: Int, _ name: TemplateText, _ arguments: CallArguments) throws(TemplateError) -> TemplateValue {
        guard loops.indices.contains(number) else { throw TemplateError(.value, "a loop that has ended") }
        guard name == "changed" else {
            guard !arguments.positional.isEmpty else { throw TemplateError(.value, "no items for cycling given") }
            return arguments.positional[loops[number].index % arguments.positional.count]
        }
        try charge(arguments.positional.totalSize)
        guard loops[number].lastSeen != arguments.positional else { return .boolean(false) }
        loops[number].lastSeen = arguments.positional
        return .boolean(true)
    }
}
