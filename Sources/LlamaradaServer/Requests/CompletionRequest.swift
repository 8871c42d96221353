import Llamarada
import LlamaradaServerSettings
import LlamaradaTensors
import LlamaradaText

/// What `/v1/completions` is asked for.
struct CompletionRequest {
    /// A text to continue, as it came.
    enum Prompt {
        case text(String)
        case tokens([TokenID])
    }

    var prompts: [Prompt]
    var answers: AnswerFields
    /// Of all answers; each has a seed of its own.
    var options: GenerationOptions
    /// What answers must follow.
    var constraint: ConstraintFields
    /// Whether the prompt is part of the answer.
    var echoes: Bool
    /// How many likeliest tokens come with each, where log-probabilities are wanted.
    var logProbabilities: Int?

    /// OpenAI's default.
    private static let defaultLength = 16
    /// Far more than anybody looks at.
    static let mostAlternatives = 100

    /// Reads a request.
    ///
    /// - Throws: `APIError` that names the field that is wrong.
    init(_ fields: Fields, _ settings: ServerSettings, vocabularySize: Int) throws(APIError) {
        try Unsupported.check(fields)
        prompts = try Self.prompts(fields, "prompt", atMost: settings.limits.choices)
        constraint = try ConstraintFields(fields)
        answers = try AnswerFields(fields, settings, prompts: prompts.count)
        echoes = try fields.flag("echo")
        logProbabilities = try Self.logProbabilities(fields)
        options = GenerationOptions(
            maxTokens: try fields.integer("max_tokens", in: 0...Int(Int32.max)) ?? Self.defaultLength,
            sampling: try SamplingFields(fields, settings.sampling, vocabularySize: vocabularySize).options(),
            ignoresEndOfText: try fields.flag("ignore_eos"), stopStrings: try AnswerFields.stops(fields),
            logProbabilities: logProbabilities, lookup: try AnswerFields.lookup(fields, settings))
        if echoes, let logProbabilities {
            options.scoresPrompt = true
            options.promptAlternatives = logProbabilities
        }
    }

    /// A number, or `true` for none but the token's own.
    private static func logProbabilities(_ fields: Fields) throws(APIError) -> Int? {
        if case .bool(let flag) = fields["logprobs"] { return flag ? 0 : nil }
        return try fields.integer("logprobs", in: 0...mostAlternatives)
    }

    /// A text, texts, tokens, or lists of tokens.
    static func prompts(_ fields: Fields, _ name: String, atMost count: Int) throws(APIError) -> [Prompt] {
        guard let value = fields[name] else { throw .invalid("'\(name)' is missing.", name) }
        if let text = value.text { return [.text(text)] }
        guard let elements = value.elements else {
            throw Fields.wrong(name, "a text, a list of texts, of tokens, or of lists of tokens", value)
        }
        guard !elements.isEmpty else { throw .invalid("'\(name)' is an empty list.", name) }
        if elements[0].wholeNumber != nil { return [.tokens(try tokens(elements, name))] }
        guard elements.count <= count else {
            throw .invalid("'\(name)' has \(elements.count) elements; this server takes \(count) at once.", name)
        }
        var prompts: [Prompt] = []
        for element in elements {
            if let text = element.text {
                prompts.append(.text(text))
            } else if let list = element.elements {
                prompts.append(.tokens(try tokens(list, name)))
            } else {
                throw Fields.wrong(name, "a list of texts or of lists of tokens", element)
            }
        }
        return prompts
    }

    static func tokens(_ elements: [JSONValue], _ name: String = "prompt") throws(APIError) -> [TokenID] {
        var tokens: [TokenID] = []
        tokens.reserveCapacity(elements.count)
        for element in elements {
            guard let number = element.wholeNumber, let token = TokenID(exactly: number) else {
                throw Fields.wrong(name, "a list of tokens, which are whole numbers", element)
            }
            tokens.append(token)
        }
        return tokens
    }
}
