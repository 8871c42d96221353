/// Makes a tree of a template's tokens. The grammar is Jinja's, with the tags `break`, `continue` and `generation` that
/// transformers adds.
struct Parser {
    let tokens: [Token]
    let limits: TemplateLimits
    private var position = 0
    private var depth = 0
    /// How many loops the next statement is in that `break` could leave.
    var loops = 0
    /// What the macros around the next expression read of their special variables, the innermost last.
    var specials: [Macro.Special] = []

    private init(_ tokens: [Token], _ limits: TemplateLimits) {
        self.tokens = tokens
        self.limits = limits
    }

    /// The statements of a template.
    static func statements(of source: String, limits: TemplateLimits) throws(TemplateError) -> [Statement] {
        guard source.utf8.count <= limits.templateBytes else {
            throw TemplateError(.limit, "a template of more than \(limits.templateBytes) bytes")
        }
        var parser = Parser(try Lexer.tokens(of: source), limits)
        return try parser.body(until: []).statements
    }

    // MARK: Tokens

    var current: Token { tokens[position] }
    var next: Token { tokens[min(position + 1, tokens.count - 1)] }

    /// Goes on; the end is never left behind.
    mutating func advance() { position = min(position + 1, tokens.count - 1) }

    func isAt(_ sign: String) -> Bool { current.kind == .sign(sign) }

    func isAt(word: TemplateText) -> Bool { current.kind == .name(word) }

    mutating func takes(_ sign: String) -> Bool {
        guard isAt(sign) else { return false }
        advance()
        return true
    }

    mutating func takes(word: TemplateText) -> Bool {
        guard isAt(word: word) else { return false }
        advance()
        return true
    }

    mutating func expect(_ sign: String) throws(TemplateError) {
        guard takes(sign) else { throw unexpected("'\(sign)'") }
    }

    mutating func expect(_ kind: Token.Kind, _ name: String) throws(TemplateError) {
        guard current.kind == kind else { throw unexpected(name) }
        advance()
    }

    mutating func name() throws(TemplateError) -> TemplateText {
        guard case .name(let name) = current.kind else { throw unexpected("a name") }
        advance()
        return name
    }

    func unexpected(_ wanted: String) -> TemplateError { error("expected \(wanted), got '\(current.description)'") }

    func error(_ message: String) -> TemplateError { TemplateError(.syntax, message, line: current.line) }

    /// Parses one level deeper.
    mutating func nested<Result>(
        _ parse: (inout Parser) throws(TemplateError) -> Result
    ) throws(TemplateError) -> Result {
        guard depth < limits.nesting else {
            throw TemplateError(.limit, "more than \(limits.nesting) levels of nesting", line: current.line)
        }
        depth += 1
        defer { depth -= 1 }
        return try parse(&self)
    }

    /// The end of a tag that statements follow; a colon may stand before it, as in Python.
    mutating func endTag() throws(TemplateError) {
        _ = takes(":")
        try expect(.blockEnd, "end of statement block")
    }

    // MARK: Statements

    /// Statements up to a block that begins with one of some words; that word is taken. No words: up to the end.
    mutating func body(
        until words: [TemplateText]
    ) throws(TemplateError) -> (statements: [Statement], word: TemplateText) {
        try nested { (parser) throws(TemplateError) in
            var statements: [Statement] = []
            while true {
                let line = parser.current.line
                switch parser.current.kind {
                case .text(let text):
                    parser.advance()
                    statements.append(Statement(line: line, kind: .text(text)))
                case .outputBegin:
                    parser.advance()
                    statements.append(Statement(line: line, kind: .output(try parser.tuple())))
                    try parser.expect(.outputEnd, "end of print statement")
                case .blockBegin:
                    parser.advance()
                    let word = try parser.name()
                    if words.contains(word) { return (statements, word) }
                    statements.append(Statement(line: line, kind: try parser.statement(word)))
                    try parser.expect(.blockEnd, "end of statement block")
                default:
                    guard words.isEmpty else { throw parser.error("the template ends before '\(words[0])'") }
                    return (statements, "")
                }
            }
        }
    }

    /// What stands between the end of this block and one with that word, which is taken as well.
    mutating func block(until word: TemplateText) throws(TemplateError) -> [Statement] {
        try endTag()
        return try body(until: [word]).statements
    }
}
