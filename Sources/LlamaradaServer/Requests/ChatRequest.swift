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
    /// Whether answers call them.
    var choice: ToolChoice
    /// Whether an answer may call more than one.
    var allowsSeveralCalls: Bool
    /// More variables of the template.
    var extra: [JSONValue.Member]
    var addsGenerationPrompt: Bool

    /// More than any client has.
    static let mostTools = 512

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
        choice = try ToolChoice(fields)
        allowsSeveralCalls = try fields.flag("parallel_tool_calls", default: true)
        try readTools(fields)
    }

    private mutating func readTools(_ fields: Fields) throws(APIError) {
        for name in ["functions", "function_call"] where fields[name] != nil {
            throw .unsupported(name, "'\(name)' is not supported: use 'tools'.")
        }
        guard let value = fields["tools"] else {
            guard !choice.isForced else { throw .invalid("'tool_choice' needs 'tools'.", "tool_choice") }
            return
        }
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
        if case .function(let name) = choice, !toolNames.contains(name) {
            throw .invalid("'tool_choice' names a function that is not among 'tools'.", "tool_choice")
        }
        if choice == .required, elements.isEmpty {
            throw .invalid("'tool_choice' needs 'tools'.", "tool_choice")
        }
        if choice == .none { toolNames = [] } else { tools = elements }
    }
}

/// What `/v1/chat/completions` is asked for.
struct ChatRequest {
    var conversation: Conversation
    var answers: AnswerFields
    var options: GenerationOptions
    /// What answers must follow.
    var constraint: ConstraintFields
    /// Whether log-probabilities are wanted.
    var scores: Bool

    /// OpenAI's limit on `top_logprobs`.
    static let mostAlternatives = 20

    /// Reads a request.
    ///
    /// - Throws: `APIError` that names the field that is wrong.
    init(_ fields: Fields, _ settings: ServerSettings, vocabularySize: Int) throws(APIError) {
        try Unsupported.check(fields)
        conversation = try Conversation(fields)
        constraint = try ConstraintFields(fields)
        if constraint.source != nil, !conversation.tools.isEmpty {
            throw .unsupported(
                constraint.parameter,
                "'\(constraint.parameter)' is not supported with 'tools', unless 'tool_choice' is 'none'.")
        }
        if conversation.choice.isForced { try ConstraintFields.checkEnds(fields, "tool_choice") }
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
