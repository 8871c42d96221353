/// One rendering of a template: what it has written, its variables, and what it has used up.
final class Interpreter {
    let limits: TemplateLimits
    /// What `strftime_now` takes for now.
    let now: TemplateDate
    /// What is written where statements print; captures put another in its place for a while.
    var output: TextBuilder
    var scope: Scope
    /// The line of the statement that runs.
    private(set) var line = 1

    // What values of kind `object` are numbers of.
    var namespaces: [TemplateDictionary] = []
    var macros: [(macro: Macro, scope: Scope)] = []
    var loops: [LoopState] = []

    private var stepsLeft: Int
    private var depth = 0

    init(_ variables: [TemplateText: TemplateValue], now: TemplateDate, limits: TemplateLimits) {
        self.limits = limits
        self.now = now
        output = TextBuilder(limit: limits.textBytes)
        // Variables that the template sets at its top hide the caller's.
        scope = Scope(in: Scope(variables))
        stepsLeft = limits.steps
    }

    /// What a template prints.
    func render(_ template: [Statement]) throws(TemplateError) -> TemplateText {
        do {
            _ = try run(template)
            return output.text
        } catch {
            var error = error
            if error.line == nil { error.line = line }
            throw error
        }
    }

    // MARK: Limits

    /// Takes some steps from those that are left.
    func charge(_ count: Int = 1) throws(TemplateError) {
        guard count <= stepsLeft else { throw TemplateError(.limit, "more than \(limits.steps) steps") }
        stepsLeft -= count
    }

    /// Takes the steps of having made a value, which must not be nested too deep.
    func charge(making value: TemplateValue) throws(TemplateError) {
        switch value {
        case .string(let text): try charge(text.bytes.count / 8)
        // Empty ones take memory as well.
        case .list(let list): try charge(8 + list.items.count)
        case .dictionary(let dictionary): try charge(8 + dictionary.count)
        default: return
        }
        guard value.height <= limits.valueHeight else {
            throw TemplateError(.limit, "more than \(limits.valueHeight) lists in each other")
        }
    }

    /// Runs something one level deeper.
    func nested<Result>(_ body: () throws(TemplateError) -> Result) throws(TemplateError) -> Result {
        try charge()
        guard depth < limits.depth else {
            throw TemplateError(.limit, "evaluations nested deeper than \(limits.depth)")
        }
        depth += 1
        defer { depth -= 1 }
        return try body()
    }

    // MARK: Text

    /// `str(value)`: what `{{ value }}` prints.
    func str(_ value: TemplateValue) throws(TemplateError) -> TemplateText {
        switch value {
        case .string(let text): text
        case .undefined: ""
        default: try repr(value)
        }
    }

    /// `repr(value)`
    func repr(_ value: TemplateValue) throws(TemplateError) -> TemplateText {
        let text = try PythonText.repr(value, limit: limits.textBytes, self)
        try charge(text.bytes.count / 8)
        return text
    }

    /// Prints a text.
    func write(_ text: TemplateText) throws(TemplateError) {
        try charge(1 + text.bytes.count / 8)
        try output.append(text)
    }

    /// A text that grows piece by piece.
    var builder: TextBuilder { TextBuilder(limit: limits.textBytes) }

    /// What something prints with some variables, instead of its going into the output.
    func captured(
        in inner: Scope, _ body: () throws(TemplateError) -> Flow
    ) throws(TemplateError) -> (text: TemplateText, flow: Flow) {
        let outer = output
        output = builder
        defer { output = outer }
        let flow = try nested { () throws(TemplateError) in try inside(inner, body) }
        return (output.text, flow)
    }

    /// Runs something with other variables.
    func inside<Result>(_ inner: Scope, _ body: () throws(TemplateError) -> Result) throws(TemplateError) -> Result {
        let outer = scope
        scope = inner
        defer { scope = outer }
        return try body()
    }

    /// Runs statements of one line after the other; an error names the line that it left here.
    func at(_ newLine: Int, _ body: () throws(TemplateError) -> Flow) throws(TemplateError) -> Flow {
        let outer = line
        line = newLine
        let flow = try body()
        line = outer
        return flow
    }
}

/// How statements ended.
enum Flow {
    case goesOn, leavesLoop, nextIteration
}
