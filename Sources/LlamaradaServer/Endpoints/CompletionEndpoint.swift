import Llamarada
import LlamaradaServerSettings
import LlamaradaTensors
import LlamaradaText

/// `/v1/completions`: continues texts, or says how likely they are.
enum CompletionEndpoint {
    static func answer(_ call: Call) async throws -> Reply {
        let model = try call.state.host.model()
        var request = try CompletionRequest(
            call.fields(), call.state.settings, vocabularySize: model.configuration.vocabularySize)
        let prompts = try request.prompts.map { try PromptText($0, model, echoes: request.echoes) }
        let choices = request.answers.choices
        try checkScores(request, prompts)
        request.options.constraint = try await request.constraint.constraint(model)
        let collector = CompletionCollector(
            ReplyHead("cmpl", (whole: "text_completion", chunk: "text_completion"), model: call.state.host.name),
            model.tokenizer, echoes: (0..<prompts.count * choices).map { prompts[$0 / choices].echo },
            scores: request.logProbabilities != nil)
        return try await call.reply(prompts.map(\.tokens), request.answers, request.options, collector)
    }

    /// Log-probabilities of one reply, alternatives among them: each takes some 100 bytes until it is sent.
    private static let mostScores = 4_000_000

    private static func checkScores(_ request: CompletionRequest, _ prompts: [PromptText]) throws(APIError) {
        guard let alternatives = request.logProbabilities else { return }
        let tokens = prompts.reduce(0) { sum, prompt in
            let answer = max(0, min(request.options.maxTokens ?? .max, prompt.contextLength - prompt.tokens.count))
            return sum + request.answers.choices * (answer + (request.echoes ? prompt.tokens.count : 0))
        }
        guard tokens * (alternatives + 1) <= mostScores else {
            throw .invalid(
                "'logprobs' of up to \(tokens) tokens with \(alternatives) alternatives each are more than "
                    + "\(mostScores) numbers: ask for fewer answers, tokens or alternatives.", "logprobs")
        }
    }
}

extension Call {
    /// Generates the answers to some prompts.
    func reply(
        _ prompts: [[TokenID]], _ answers: AnswerFields, _ options: GenerationOptions, _ collector: some AnswerCollector
    ) async throws -> Reply {
        let model = try state.host.model()
        let count = prompts.count * answers.choices
        let ticket = try state.admission.enter(count)
        var options = options
        options.cacheSalt = salt
        let streams = (0..<count).map { index in
            model.generate(
                prompts[index / answers.choices], options: options.choice(index % answers.choices))
        }
        let limits = state.settings.limits
        let feed = GenerationFeed(
            streams, for: client, ticket, seconds: limits.requestSeconds, silence: limits.pingSeconds)
        var running = RunningAnswers(
            state, feed, collector, answers: count, promptTokens: prompts.reduce(0) { $0 + $1.count })
        running.includesUsage = answers.includesUsage
        running.choices = answers.choices
        return answers.streams ? try await running.streamed() : try await running.whole()
    }
}

/// A prompt of a completion as tokens that fit the model.
struct PromptText {
    let tokens: [TokenID]
    /// Most tokens of prompt and answer together.
    let contextLength: Int
    /// Its text, where it belongs to the answer.
    let echo: String

    /// - Throws: `APIError` where it does not fit.
    init(
        _ prompt: CompletionRequest.Prompt, _ model: LanguageModel, _ name: String = "prompt", echoes: Bool
    ) throws(APIError) {
        contextLength = model.contextLength
        switch prompt {
        case .text(let text):
            try Self.checkLength(text.utf8.count, model, name)
            tokens = model.tokenizer.encode(text, addSpecial: true, parseSpecial: true)
            echo = echoes ? text : ""
        case .tokens(let list):
            let size = model.configuration.vocabularySize
            if let token = list.first(where: { !(0..<size ~= Int($0)) }) {
                throw .invalid("Token \(token) is not in the model's vocabulary of \(size).", name)
            }
            tokens = list
            echo = echoes ? String(decoding: model.tokenizer.decode(list, showSpecial: true), as: UTF8.self) : ""
        }
        try Self.check(tokens, model, name)
    }

    /// Refuses a text of so many bytes that it cannot fit, before any of it is looked at.
    static func checkLength(
        _ byteCount: Int, _ model: LanguageModel, _ name: String = "prompt"
    ) throws(APIError) {
        guard let most = model.tokenizer.largestByteCount(ofTokens: model.contextLength), byteCount > most else {
            return
        }
        throw .invalid(
            "The prompt has \(byteCount) bytes, more than a context of \(model.contextLength) tokens can hold.",
            name,
            code: "context_length_exceeded")
    }

    /// Refuses what is empty or too long.
    static func check(_ tokens: [TokenID], _ model: LanguageModel, _ name: String = "prompt") throws(APIError) {
        if tokens.isEmpty {
            throw .invalid("The prompt is empty, and this model adds no token of its own to start from.", name)
        }
        guard tokens.count <= model.contextLength else {
            throw .invalid(
                "The prompt has \(tokens.count) tokens, the context holds \(model.contextLength).", name,
                code: "context_length_exceeded")
        }
    }
}

extension GenerationOptions {
    /// The same for one of several answers: where there is a seed, each has the next one.
    func choice(_ index: Int) -> GenerationOptions {
        var options = self
        options.sampling.seed = sampling.seed.map { $0 &+ UInt64(index) }
        return options
    }
}
