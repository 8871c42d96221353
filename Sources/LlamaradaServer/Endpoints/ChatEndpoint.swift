import Llamarada
import LlamaradaChat
import LlamaradaErrors
import LlamaradaServerSettings
import LlamaradaTensors
import LlamaradaText

/// `/v1/chat/completions`: answers a conversation.
enum ChatEndpoint {
    static func answer(_ call: Call) async throws -> Reply {
        let model = try call.state.host.model()
        var request = try ChatRequest(
            call.fields(), call.state.settings, vocabularySize: model.configuration.vocabularySize)
        let prompt = try tokens(of: request.conversation, call)
        request.options.constraint = try await constraint(request, model, call)
        let collector = ChatCollector(
            ReplyHead(
                "chatcmpl", (whole: "chat.completion", chunk: "chat.completion.chunk"), model: call.state.host.name),
            model.tokenizer, choices: request.answers.choices, tools: request.conversation.toolNames,
            scores: request.scores)
        return try await call.reply([prompt], request.answers, request.options, collector)
    }

    private static func constraint(
        _ request: ChatRequest, _ model: LanguageModel, _ call: Call
    ) async throws -> OutputConstraint? {
        if let constraint = try await request.constraint.constraint(model) { return constraint }
        return try await request.conversation.callConstraint(model, try call.state.host.chatFormat())
    }

    /// `/apply-template`: the text that a model would get.
    static func applyTemplate(_ call: Call) async throws -> Reply {
        _ = try call.state.host.model()
        return Reply(.object([.init("prompt", .string(try text(of: Conversation(call.fields()), call)))]))
    }

    /// The conversation as the model's template writes it.
    static func text(of conversation: Conversation, _ call: Call) throws -> String {
        let format = try call.state.host.chatFormat()
        guard conversation.tools.isEmpty || format.takesTools else {
            throw APIError.unsupported("tools", "The model's chat template knows no tools.")
        }
        do {
            return try format.render(
                conversation.messages, tools: conversation.tools,
                addsGenerationPrompt: conversation.addsGenerationPrompt, extra: conversation.extra)
        } catch let error as any LlamaradaError {
            throw APIError.invalid(error.line(spelling: \.words), "messages", code: "template_error")
        }
    }

    /// The same as tokens that fit the model.
    static func tokens(of conversation: Conversation, _ call: Call) throws -> [TokenID] {
        let model = try call.state.host.model()
        let text = try text(of: conversation, call)
        try PromptText.checkLength(text.utf8.count, model, "messages")
        let tokens = try call.state.host.chatFormat().tokens(of: text)
        try PromptText.check(tokens, model, "messages")
        return tokens
    }
}
