/// Functions that every template has.
enum Functions {
    static let names: Set<TemplateText> = [
        "range", "dict", "namespace", "raise_exception", "strftime_now",
    ]

    /// The sandbox of Jinja allows no longer ones.
    private static let longestRange = 100_000

    static func call(
        _ name: String, _ arguments: CallArguments, _ interpreter: Interpreter
    ) throws(TemplateError) -> TemplateValue {
        switch name {
        case "range": return try range(arguments)
        case "dict": return .dictionary(try dictionary(arguments, interpreter))
        case "namespace":
            // Attributes are checked one by one, as when they are set.
            let attributes = try dictionary(arguments, interpreter)
            try interpreter.charge(Interpreter.tableSteps)
            interpreter.namespaces.append(TemplateDictionary([]))
            let index = interpreter.namespaces.count - 1
            for key in attributes.keys where key.text?.bytes.first == UInt8(ascii: "_") {
                throw TemplateError(
                    .forbidden, "a namespace's attribute that begins with an underscore, \(key.shortRepr)")
            }
            interpreter.namespaces[index] = attributes
            return .object(TemplateObject(.namespace(index)))
        case "raise_exception":
            let message = try arguments.bound(to: ["message"], of: name, required: 1)[0] ?? .none
            throw TemplateError(.raised, try interpreter.str(message).description)
        default:
            let format = try arguments.bound(to: ["format"], of: name, required: 1)[0].text(or: "")
            return .string(try interpreter.now.formatted(format, interpreter))
        }
    }

    private static func range(_ arguments: CallArguments) throws(TemplateError) -> TemplateValue {
        guard arguments.named.isEmpty, (1...3).contains(arguments.positional.count) else {
            throw TemplateError(.value, "range expected 1 to 3 arguments, got \(arguments.positional.count)")
        }
        var bounds: [Int] = []
        for value in arguments.positional { bounds.append(try Optional(value).integer(or: 0)) }
        if case .none? = arguments.positional.first { throw TemplateError(.value, "range takes integers") }
        let (start, stop) = bounds.count == 1 ? (0, bounds[0]) : (bounds[0], bounds[1])
        let step = bounds.count == 3 ? bounds[2] : 1
        guard step != 0 else { throw TemplateError(.value, "range() arg 3 must not be zero") }
        var items: [TemplateValue] = []
        var value = start
        while step > 0 ? value < stop : value > stop {
            guard items.count < longestRange else {
                throw TemplateError(.limit, "Range too big. The sandbox blocks ranges larger than \(longestRange).")
            }
            items.append(.integer(value))
            let (next, overflow) = value.addingReportingOverflow(step)
            if overflow { break }
            value = next
        }
        return .list(TemplateList(items, .range("range(\(start), \(stop)\(step == 1 ? "" : ", \(step)"))")))
    }

    /// A mapping or pairs, and named arguments.
    private static func dictionary(
        _ arguments: CallArguments, _ interpreter: Interpreter
    ) throws(TemplateError) -> TemplateDictionary {
        guard arguments.positional.count <= 1 else {
            throw TemplateError(.value, "dict expected at most 1 argument, got \(arguments.positional.count)")
        }
        var pairs: [(TemplateValue, TemplateValue)] = []
        switch arguments.positional.first {
        case nil: break
        case .dictionary(let dictionary)?:
            try interpreter.charge(dictionary.count)
            pairs = Array(zip(dictionary.keys, dictionary.values))
        case let list?:
            for (place, item) in try interpreter.items(of: list).enumerated() {
                let pair = try interpreter.items(of: item)
                guard pair.count == 2 else {
                    throw TemplateError(
                        .value, "dictionary update sequence element #\(place) has length \(pair.count); 2 is required")
                }
                try interpreter.requireHashable(pair[0])
                pairs.append((pair[0], pair[1]))
            }
        }
        return TemplateDictionary(pairs + arguments.named.map { (.string($0.name), $0.value) })
    }
}
