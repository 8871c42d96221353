import Llamarada
import LlamaradaChat
import LlamaradaServerSettings
import LlamaradaTensors

/// A conversation that a template is to write, as all endpoints take it.
struct Conversation {
    var messages: [ChatMessage]
    /// What the model may call, as it came.
    var tools: [JSONValue]
    /// The names of these.
    var toolNames: Set<String>
    /// More variables of the template.
    var extra: [JSONValue.Member]
    var addsGenerationPrompt: Bool

    /// More than any client has.
    private static let mostTools = 512

    /// Reads `messages`, `tools` and what else a template is told.
    ///
    /// - Throws: `APIError` that names the field that is wrong.
    init(_ fields: Fields) throws(APIError) {
        guard let list = fields["messages"] else { throw .invalid("'messages' is missing.", "messages") }
        do throws(ChatError) {
            messages = try ChatMessage.list(list)
        } catch {
            throw .invalid(error.description, error.parameter.isEmpty ? "messages" : error.parameter)
        }
        extra = fields["chat_template_kwargs"]?.members ?? []
        if let value = fields["chat_template_kwargs"], value.members == nil {
            throw Fields.wrong("chat_template_kwargs", "an object", value)
        }
        addsGenerationPrompt = try fields.flag("add_generation_prompt", default: true)
        (tools, toolNames) = ([], [])
        try readTools(fields)
    }

    private mutating func readTools(_ fields: Fields) throws(APIError) {
        for name in ["functions", "function_call"] where fields[name] != nil {
            throw .unsupported(name, "'\(name)' is not supported: use 'tools'.")
        }
        let isCalling: Bool
        switch fields["tool_choice"] {
        case nil, .string("auto"): isCalling = true
        case .string("none"): isCalling = false
        case .some(let other):
            let found = other.text.map { "'\($0.prefix(40))'" } ?? other.kind
            throw .unsupported("tool_choice", "'tool_choice' must be 'none' or 'auto'; \(found) is not supported.")
        }
        guard let value = fields["tools"] else { return }
        guard let elements = value.elements else { throw Fields.wrong("tools", "a list", value) }
        guard elements.count <= Self.mostTools else {
            throw .invalid("'tools' has more than \(Self.mostTools) elements.", "tools")
        }
        for (index, tool) in elements.enumerated() {
            guard tool["type"]?.text ?? "function" == "function", let name = tool["function"]?["name"]?.text else {
                throw .invalid("'tools[\(index)]' must be a function with a name.", "tools[\(index)]")
            }
            toolNames.insert(name)
        }
        if isCalling { tools = elements } else { toolNames = [] }
    }
}

/// What `/v1/chat/completions` is asked for.
struct ChatRequest {
    var conversation: Conversation
    var answers: AnswerFields
    var options: GenerationOptions
    /// Whether log-probabilities are wanted.
    var scores: Bool

    /// OpenAI's limit on `top_logprobs`.
    private static let mostAlternatives = 20

    /// Reads a request.
    ///
    /// - Throws: `APIError` that names the field that is wrong.
    init(_ fields: Fields, _ settings: ServerSettings, vocabularySize: Int) throws(APIError) {
        try Unsupported.check(fields)
        conversation = try Conversation(fields)
        answers = try AnswerFields(fields, settings, prompts: 1)
        scores = try fields.flag("logprobs")
        let top = try fields.integer("top_logprobs", in: 0...Self.mostAlternatives)
        if top != nil, !scores { throw .invalid("'top_logprobs' needs 'logprobs' to be true.", "top_logprobs") }
        let limit = 0...Int(Int32.max)
        let old = try fields.integer("max_tokens", in: limit)
        let most = try fields.integer("max_completion_tokens", in: limit) ?? old
        options = GenerationOptions(
            maxTokens: most,
            sampling: try SamplingFields(fields, settings.sampling, vocabularySize: vocabularySize).options(),
            ignoresEndOfText: try fields.flag("ignore_eos"), showsSpecial: !conversation.tools.isEmpty,
            stopStrings: try AnswerFields.stops(fields), logProbabilities: scores ? top ?? 0 : nil,
            lookup: try AnswerFields.lookup(fields, settings))
    }
}
