import LlamaradaText

/// The loop of a generation: prompt, then one token at a time, until a reason to stop.
struct TokenGenerator {
    private let transformer: any Transformer
    private let tokenizer: Tokenizer
    private let options: GenerationOptions
    private var sampler: Sampler
    private var detokenizer: StreamingDetokenizer
    private var history: [TokenID] = []

    init(_ transformer: any Transformer, _ tokenizer: Tokenizer, _ options: GenerationOptions) {
        self.transformer = transformer
        self.tokenizer = tokenizer
        self.options = options
        sampler = Sampler(options.sampling)
        detokenizer = StreamingDetokenizer(tokenizer, showSpecial: options.ignoresEndOfText)
    }

    /// Generates; `yield` gets every token as it comes and at last the summary.
    ///
    /// - Throws: `CancellationError` within one token of the task's cancellation.
    mutating func run(_ prompt: [TokenID], _ yield: (GeneratedToken) -> Void) throws {
        let clock = ContinuousClock()
        let start = clock.now
        history = prompt
        var firstTokenAt = start
        var generated = 0
        var reason = GenerationSummary.StopReason.tokenLimit
        var pending = prompt
        while generated < options.maxTokens ?? .max {
            let position = history.count - pending.count
            guard history.count <= transformer.contextLength else {
                reason = .contextFull
                break
            }
            try Task.checkCancellation()
            let token = try choose(after: pending, at: position)
            if generated == 0 { firstTokenAt = clock.now }
            generated += 1
            if !options.ignoresEndOfText, tokenizer.isEndOfGeneration(token) {
                reason = .endOfText
                break
            }
            history.append(token)
            pending = [token]
            yield(GeneratedToken(id: token, text: detokenizer.append(token)))
        }
        let end = clock.now
        let summary = GenerationSummary(
            stopReason: reason, promptTokens: prompt.count, promptSeconds: (firstTokenAt - start) / .seconds(1),
            decodedTokens: max(0, generated - 1), decodeSeconds: (end - firstTokenAt) / .seconds(1))
        yield(GeneratedToken(text: detokenizer.finish(), summary: summary))
    }

    /// The next token: on the device where the way of choosing allows, so that four bytes come back.
    private mutating func choose(after tokens: [TokenID], at position: Int) throws -> TokenID {
        switch sampler.options.devicePath {
        case .argmax: return try transformer.greedy(after: tokens, at: position)
        case .sampler, nil:
            let logits = try transformer.forward(tokens, at: position, logits: .last)
            return try sampler.sample(logits.values, history: history)
        }
    }
}
