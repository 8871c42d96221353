import Llamarada
package import LlamaradaGrammar
package import LlamaradaTensors

/// A tool that an answer may call.
package struct CallableTool: Sendable {
    package var name: String
    /// The schema of what it is called with: an object.
    package var parameters: JSONValue

    package init(name: String, parameters: JSONValue?) {
        self.name = name
        // Without a schema it is called with nothing.
        self.parameters = parameters ?? ["type": "object", "properties": [:]]
    }
}

/// Answers that call tools and say nothing else, in the form that a template shows the model.
package struct CallGrammar: Sendable {
    /// More calls than any answer needs.
    private static let mostCalls = 16

    private let form: CallForm
    /// Whether calls of Mistral's form are a name and arguments, not a list of objects.
    private let isNamed: Bool
    /// Marks that are control tokens.
    private let controls: Set<[UInt8]>

    /// Reads which form a template asks for.
    ///
    /// - Parameters:
    ///   - isControl: whether the vocabulary has a control token of that piece.
    init(template: String, isControl: ([UInt8]) -> Bool) {
        form = template.contains("[TOOL_CALLS]") ? .mistral : template.contains("<tool_call>") ? .hermes : .object
        isNamed = template.contains("[ARGS]")
        controls = Set(
            ["<tool_call>", "</tool_call>", "[TOOL_CALLS]", "[ARGS]"].map { Array($0.utf8) }.filter(isControl))
    }

    /// What tells it from others of one model.
    package var key: String { "\(form) \(isNamed)" }

    /// The grammar of answers that call some tools.
    ///
    /// What tools are called with are objects, whatever else their schemas allow: only these are calls to `CallReader`.
    ///
    /// - Parameter several: whether an answer may call more than once.
    /// - Throws: `GrammarError` where the schema of a tool is not supported.
    package func grammar(_ tools: [CallableTool], several: Bool) throws(GrammarError) -> Grammar {
        var grammar = Grammar()
        grammar.root = try grammar.declare("root")
        var calls: [Grammar.Expression] = []
        for tool in tools {
            let arguments: Grammar.Expression
            do throws(GrammarError) {
                arguments = try SchemaCompiler.expression(of: tool.parameters, into: &grammar, isObject: true)
            } catch {
                throw GrammarError(error.code, "tool '\(tool.name)': \(error.problem)", remedy: error.remedy)
            }
            calls.append(try call(tool.name, arguments, &grammar))
        }
        let call = try grammar.rule("call", try grammar.choice(calls))
        grammar.define(grammar.root, try answer(call, several && form != .object ? Self.mostCalls : 1, &grammar))
        return grammar
    }

    private func call(
        _ name: String, _ arguments: Grammar.Expression, _ grammar: inout Grammar
    ) throws(GrammarError) -> Grammar.Expression {
        if form == .mistral, isNamed {
            return try grammar.sequence([try grammar.text(name), try mark("[ARGS]", &grammar), arguments])
        }
        let key = form == .object ? "parameters" : "arguments"
        return try grammar.sequence([
            try grammar.text("{\"name\": \(JSONValue.string(name).encoded), \"\(key)\": "), arguments,
            try grammar.text("}"),
        ])
    }

    private func answer(
        _ call: Grammar.Expression, _ most: Int, _ grammar: inout Grammar
    ) throws(GrammarError) -> Grammar.Expression {
        switch form {
        case .object, .python: return call
        case .hermes:
            let marked = try grammar.sequence([
                try mark("<tool_call>", &grammar), try grammar.text("\n"), call, try grammar.text("\n"),
                try mark("</tool_call>", &grammar),
            ])
            let more = try grammar.sequence([try grammar.text("\n"), marked])
            return try grammar.sequence([marked, try grammar.repeated(more, 0, most - 1)])
        case .mistral where isNamed:
            return try grammar.repeated(
                try grammar.sequence([try mark("[TOOL_CALLS]", &grammar), call]), 1, most)
        case .mistral:
            let more = try grammar.sequence([try grammar.text(", "), call])
            return try grammar.sequence([
                try mark("[TOOL_CALLS]", &grammar), try grammar.text("["), call,
                try grammar.repeated(more, 0, most - 1), try grammar.text("]"),
            ])
        }
    }

    /// A mark as the control token that it is, or as text.
    private func mark(_ mark: String, _ grammar: inout Grammar) throws(GrammarError) -> Grammar.Expression {
        let bytes = Array(mark.utf8)
        return controls.contains(bytes) ? try grammar.token(bytes) : try grammar.bytes(bytes)
    }
}

extension ChatFormat {
    /// Answers that call tools, as the template for tools asks for them.
    ///
    /// - Throws: `ChatError` where there is no such template.
    package func callGrammar() throws(ChatError) -> CallGrammar {
        CallGrammar(template: try toolsSource()) { isControl($0) }
    }
}
