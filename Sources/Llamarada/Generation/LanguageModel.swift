import LlamaradaErrors
package import LlamaradaTensors
public import LlamaradaText

/// A language model with its tokenizer, ready to generate.
///
/// One request runs at a time, on a thread of the model's own.
public actor LanguageModel {
    /// The model's hyperparameters.
    public nonisolated let configuration: ModelConfiguration
    /// Text to tokens and back.
    public nonisolated let tokenizer: Tokenizer
    /// Most tokens of prompt and answer together.
    public nonisolated let contextLength: Int
    private nonisolated let thread: EngineThread
    package let transformer: any Transformer
    package let file: GGUFFile

    /// The engine's own thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Loads a model.
    ///
    /// - Parameters:
    ///   - path: a GGUF file of a Llama-family model.
    ///   - progress: called as weights arrive in device memory; never by the CPU backend, which reads them as it computes.
    /// - Throws: `CheckpointError` about the file, `DeviceError` about the device or its memory, `GenerationError` about
    ///   the options, `CancellationError` soon after the task was cancelled.
    public static func load(
        _ path: String, options: LoadOptions = .init(), progress: (@Sendable (LoadProgress) -> Void)? = nil
    ) async throws -> LanguageModel {
        try await load(path, options: options, textByteCount: 0, throwingProgress: progress)
    }

    /// The same; a text of that many bytes must fit the context, or is refused before any weight is read. What
    /// `throwingProgress` throws ends the loading.
    package static func load(
        _ path: String, options: LoadOptions, textByteCount: Int = 0, throwingProgress: ModelLoader.Progress?
    ) async throws -> LanguageModel {
        let thread = EngineThread()
        return try await Loading(thread: thread).load(path, options, textByteCount, throwingProgress)
    }

    fileprivate init(
        _ thread: EngineThread, _ configuration: ModelConfiguration, _ tokenizer: Tokenizer,
        _ transformer: sending any Transformer, _ file: GGUFFile
    ) {
        self.thread = thread
        self.configuration = configuration
        self.tokenizer = tokenizer
        contextLength = transformer.contextLength
        self.transformer = transformer
        self.file = file
    }

    /// Continues a text.
    ///
    /// The stream ends with an element that has a summary. Cancelling the task that reads the stream, or leaving its
    /// loop, stops the generation within one token. Its errors are `GenerationError` where the request does not fit the
    /// model, `DeviceError` and `CheckpointError` where the device or the file fails.
    public nonisolated func generate(
        _ prompt: String, options: GenerationOptions = .init()
    ) -> AsyncThrowingStream<GeneratedToken, any Error> {
        do { try tokenizer.checkLength(ofText: prompt.utf8.count, contextLength: contextLength) } catch {
            return AsyncThrowingStream { $0.finish(throwing: error) }
        }
        let tokens = tokenizer.encode(prompt, addSpecial: true, parseSpecial: options.parsesSpecial)
        return generate(tokens, options: options)
    }

    /// Continues a text of tokens; see ``generate(_:options:)-(String,_)``. `options.parsesSpecial` does not matter.
    public nonisolated func generate(
        _ prompt: [TokenID], options: GenerationOptions = .init()
    ) -> AsyncThrowingStream<GeneratedToken, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    try await self.run(prompt, options) { continuation.yield($0) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// The log-probability of every token of a text, and the likeliest next ones.
    ///
    /// - Parameters:
    ///   - top: how many next tokens.
    /// - Throws: `GenerationError` where the text does not fit the context, `CancellationError` soon after the task was
    ///   cancelled.
    public func score(_ text: String, parsesSpecial: Bool = false, top: Int = 10) throws -> TextScore {
        try tokenizer.checkLength(ofText: text.utf8.count, contextLength: contextLength)
        return try score(tokenizer.encode(text, addSpecial: true, parseSpecial: parsesSpecial), top: top)
    }

    /// The same for a text of tokens.
    public func score(_ tokens: [TokenID], top: Int = 10) throws -> TextScore {
        try checkPrompt(tokens)
        var score = TextScore(tokens)
        // The logits of a whole context would take gigabytes.
        for start in stride(from: 0, to: tokens.count, by: Self.scoredTokens) {
            let part = tokens[start..<min(tokens.count, start + Self.scoredTokens)]
            try Task.checkCancellation()
            let logits = try transformer.forward(Array(part), at: start, logits: .all)
            try explainingNonFiniteLogits(of: file) { try NonFiniteLogits.check(logits.values) }
            score.add(logits, at: start, top: top)
        }
        return score
    }

    /// Tokens whose logits are held at once by `score`.
    private static let scoredTokens = 128

    private func run(
        _ prompt: [TokenID], _ options: GenerationOptions, _ yield: (GeneratedToken) -> Void
    ) throws {
        try checkPrompt(prompt)
        if let problem = options.sampling.validate() { throw GenerationError(.invalidOption, problem) }
        var generator = TokenGenerator(transformer, tokenizer, options)
        try explainingNonFiniteLogits(of: file) { try generator.run(prompt, yield) }
    }

    /// A model is never fed tokens that it does not know or has no room for.
    private func checkPrompt(_ tokens: [TokenID]) throws {
        if tokens.isEmpty {
            throw GenerationError(
                .emptyText, "The prompt is empty, and this model adds no token of its own to start from")
        }
        if tokens.count > contextLength {
            throw GenerationError(
                .textTooLong, "The prompt has \(tokens.count) tokens, the context holds \(contextLength)",
                remedy: .either(.longerContext, .shorterPrompt))
        }
        for token in tokens where token < 0 || token >= configuration.vocabularySize {
            throw GenerationError(
                .unknownToken,
                "Token \(token) is not in the model's vocabulary of \(configuration.vocabularySize)")
        }
    }
}

/// Loads on the engine's thread, since what is loaded must stay there.
private actor Loading {
    private let thread: EngineThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(thread: EngineThread) { self.thread = thread }

    func load(
        _ path: String, _ options: LoadOptions, _ textByteCount: Int, _ progress: ModelLoader.Progress?
    ) throws -> LanguageModel {
        let model = try ModelLoader(path: path)
        let tokenizer = try Tokenizer(gguf: model.file)
        try tokenizer.checkLength(
            ofText: textByteCount, contextLength: options.contextLength(trained: model.configuration.contextLength))
        let transformer = try model.transformer(options, progress: progress)
        return LanguageModel(thread, model.configuration, tokenizer, transformer, model.file)
    }
}
