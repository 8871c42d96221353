/// What a template can ask of a loop while it runs.
struct LoopState {
    let loop: ForLoop
    let surroundings: Scope
    let items: [TemplateValue]
    /// How many loops of the same statement called each other before this one.
    let depth: Int
    var index = 0
    /// What `loop.changed` saw last.
    var lastSeen: [TemplateValue]?
}

extension Interpreter {
    func run(_ loop: ForLoop) throws(TemplateError) -> Flow {
        try run(loop, over: evaluate(loop.values), depth: 0)
    }

    private func run(_ loop: ForLoop, over values: TemplateValue, depth: Int) throws(TemplateError) -> Flow {
        let items = try selected(loop, from: items(of: values))
        let number = loops.count
        loops.append(LoopState(loop: loop, surroundings: scope, items: items, depth: depth))
        defer { loops.removeLast() }
        // Jinja looks at the end of an iteration whether there was one.
        var wasCompleted = false
        for (index, item) in items.enumerated() {
            try charge()
            loops[number].index = index
            let flow = try inside(Scope(["loop": .object(TemplateObject(.loop(number)))], in: scope)) {
                () throws(TemplateError) in
                try assign(item, to: loop.target)
                return try run(loop.body)
            }
            if flow == .leavesLoop { break }
            if flow == .goesOn { wasCompleted = true }
        }
        if wasCompleted { return .goesOn }
        return try inside(Scope(in: scope)) { () throws(TemplateError) in try run(loop.otherwise) }
    }

    /// `loop(values)`: what the loop prints for other values.
    func callLoop(_ number: Int, _ arguments: CallArguments) throws(TemplateError) -> TemplateText {
        guard loops.indices.contains(number), loops[number].loop.isRecursive else {
            throw TemplateError(.value, "The loop must have the 'recursive' marker to be called recursively.")
        }
        let values = try arguments.bound(to: ["iterable"], of: "loop", required: 1)[0] ?? .none
        let state = loops[number]
        return try captured(in: state.surroundings) { () throws(TemplateError) in
            try run(state.loop, over: values, depth: state.depth + 1)
        }.text
    }

    /// The elements that the loop goes through: those for which its condition holds.
    private func selected(
        _ loop: ForLoop, from items: [TemplateValue]
    ) throws(TemplateError) -> [TemplateValue] {
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
        case "depth": .integer(state.depth + 1)
        case "depth0": .integer(state.depth)
        case "previtem": index > 0 ? state.items[index - 1] : .undefined(.other("there is no previous item"))
        case "nextitem": index + 1 < count ? state.items[index + 1] : .undefined(.other("there is no next item"))
        case "cycle", "changed": .object(TemplateObject(.method(.object(TemplateObject(.loop(number))), name)))
        default: nil
        }
    }

    /// `loop.cycle(…)` and `loop.changed(…)`
    func callLoop(_ number: Int, _ name: TemplateText, _ arguments: CallArguments) throws(TemplateError)
        -> TemplateValue
    {
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
