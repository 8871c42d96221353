import Llamarada
import LlamaradaChat
import LlamaradaGrammar
import LlamaradaTensors

/// Whether an answer calls tools.
enum ToolChoice: Equatable {
    /// It may not.
    case none
    /// It may.
    case auto
    /// It must, whichever it likes.
    case required
    /// It must call this one.
    case function(String)

    /// Whether it must.
    var isForced: Bool { self != .none && self != .auto }

    /// Reads `tool_choice`.
    ///
    /// - Throws: `APIError` where it is something else.
    init(_ fields: Fields) throws(APIError) {
        switch fields["tool_choice"] {
        case nil, .string("auto"): self = .auto
        case .string("none"): self = .none
        case .string("required"): self = .required
        case .some(let value):
            guard value["type"]?.text == "function", let name = value["function"]?["name"]?.text else {
                let found = value.text.map { "'\($0.prefix(40))'" } ?? value.kind
                throw .unsupported(
                    "tool_choice",
                    "'tool_choice' must be 'none', 'auto', 'required' or a function by its name; \(found) is not supported."
                )
            }
            self = .function(name)
        }
    }
}

extension Conversation {
    /// What answers must follow that must call tools; nil where they need not.
    ///
    /// - Throws: `APIError` that names the field that is wrong.
    func callConstraint(_ model: LanguageModel, _ format: ChatFormat) async throws -> OutputConstraint? {
        guard choice.isForced else { return nil }
        let callable = tools.filter { tool in
            if case .function(let name) = choice { tool["function"]?["name"]?.text == name } else { true }
        }
        let grammar = try format.callGrammar()
        let several = allowsSeveralCalls
        let list = callable.compactMap { tool in
            tool["function"]?["name"]?.text.map {
                CallableTool(name: $0, parameters: tool["function"]?["parameters"])
            }
        }
        do {
            let key = "calls \(grammar.key) \(several) \(JSONValue.array(callable).encoded)"
            return try await model.constraint(key: key) { () throws(GrammarError) in
                try grammar.grammar(list, several: several)
            }
        } catch let error as GrammarError {
            throw APIError(error, "tools")
        }
    }
}
