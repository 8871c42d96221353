import LlamaradaDevice
import LlamaradaErrors
public import LlamaradaTensors
public import LlamaradaText

/// A language model with its tokenizer, ready to generate.
///
/// Any number of requests may be made at once: up to ``LoadOptions/sequences`` of them are computed together, step by
/// step, on a thread of the model's own; the others wait their turn. What a request gives does not depend on the others.
public final class LanguageModel: Sendable {
    /// The model's hyperparameters.
    public let configuration: ModelConfiguration
    /// Text to tokens and back.
    public let tokenizer: Tokenizer
    /// What else the file says: keys and values, a chat template perhaps among them.
    public let metadata: GGUFMetadata
    /// Most tokens of prompt and answer together.
    public let contextLength: Int
    /// What the model takes in device memory; nil on the CPU.
    public let memoryPlan: MemoryPlan?
    /// What the Vulkan device is called; nil on the CPU.
    public let deviceName: String?
    private let loop: GenerationLoop
    let constraints: ConstraintCache
    private let breakers: SequenceBreakerCache

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

    /// What loading a model would take of a device's memory, by the file's header alone: nothing is allocated, whether or
    /// not it ``MemoryPlan/fits``. Nil on the CPU.
    ///
    /// - Throws: as `load`, `DeviceError` where no device of such limits could have it, whatever its memory.
    public static func plan(_ path: String, options: LoadOptions = .init()) throws -> MemoryPlan? {
        guard case .vulkan(let selection) = options.backend else { return nil }
        let model = try ModelLoader(path: path)
        return try model.plan(options, on: Device(selection, purpose: .compiling)).memory
    }

    /// Loads; a text of that many bytes must fit the context, or is refused before any weight is read. What
    /// `throwingProgress` throws ends the loading; `wrap` may put another engine around the model's.
    package static func load(
        _ path: String, options: LoadOptions, textByteCount: Int = 0, throwingProgress: ModelLoader.Progress?,
        wrap: @Sendable (sending any Engine) throws -> sending any Engine = { $0 }
    ) async throws -> LanguageModel {
        let thread = EngineThread()
        return try await Loading(thread: thread).load(path, options, textByteCount, throwingProgress, wrap)
    }

    fileprivate init(
        _ thread: EngineThread, _ model: ModelLoader, _ tokenizer: Tokenizer, _ engine: sending any Engine,
        _ options: LoadOptions
    ) {
        configuration = model.configuration
        self.tokenizer = tokenizer
        metadata = model.file.metadata
        contextLength = engine.capacity.contextLength
        memoryPlan = engine.memoryPlan
        deviceName = engine.deviceName
        constraints = ConstraintCache(tokenizer)
        breakers = SequenceBreakerCache(tokenizer)
        loop = GenerationLoop(thread, engine, tokenizer, model.file, options.logger)
    }

    /// Continues a text.
    ///
    /// The stream's last event is ``GenerationEvent/finished(_:)``: see ``GenerationStream``.
    public func generate(_ prompt: String, options: GenerationOptions = .init()) -> GenerationStream {
        do {
            return generate(try tokens(of: prompt, parsesSpecial: options.parsesSpecial), options: options)
        } catch {
            return GenerationStream(failing: error)
        }
    }

    /// Continues a text of tokens; see ``generate(_:options:)-(String,_)``. `options.parsesSpecial` does not matter.
    public func generate(_ prompt: [TokenID], options: GenerationOptions = .init()) -> GenerationStream {
        let output = makeBuffer()
        start(
            GenerationLoop.Request(
                tokens: prompt, kinds: prompt.map { _ in .prompt }, options: options, output: output
            ) { _, _ in })
        return GenerationStream(output)
    }

    /// What lies between the engine and a reader.
    func makeBuffer() -> EventBuffer { EventBuffer { [loop] in Task { await loop.wake() } } }

    /// Makes a request, whose events go to its output.
    func start(_ request: GenerationLoop.Request) {
        Task { [loop, breakers] in
            var request = request
            // Here, since they may take some time, for which the engine's thread would stand still.
            if !request.output.isCancelled { request.breakers = await breakers.breakers(request.options.sampling) }
            await loop.submit(request)
        }
    }

    /// The log-probability of every token of a text, and the likeliest next ones.
    ///
    /// - Parameters:
    ///   - top: how many next tokens.
    /// - Throws: `GenerationError` where the text does not fit the context, `CancellationError` soon after the task was
    ///   cancelled.
    public func score(_ text: String, parsesSpecial: Bool = false, top: Int = 10) async throws -> TextScore {
        try await score(try tokens(of: text, parsesSpecial: parsesSpecial), top: top)
    }

    /// The same for a text of tokens.
    public func score(_ tokens: [TokenID], top: Int = 10) async throws -> TextScore {
        let options = GenerationOptions(maxTokens: 0, logProbabilities: top, scoresPrompt: true)
        for try await event in generate(tokens, options: options) {
            if case .prompt(let score) = event { return score }
        }
        throw CancellationError()
    }

    /// The embedding of a text of tokens, (dim): the mean of the final norm over them, of length 1.
    ///
    /// Models that were made to continue texts, not to compare them, give embeddings of modest use.
    ///
    /// - Throws: as `score`.
    public func embed(_ tokens: [TokenID]) async throws -> [Float] {
        for try await event in generate(tokens, options: GenerationOptions(maxTokens: 0, embedsPrompt: true)) {
            if case .embedding(let values) = event { return values }
        }
        throw CancellationError()
    }

    /// What the model is busy with.
    public var activity: EngineActivity { loop.board.activity }

    /// A conversation's memory: see ``Session``.
    public func session(salt: UInt64 = 0) -> Session { Session(self, salt: salt) }

    /// Ends every request with an error, and gives the device's memory back. The model is of no more use.
    public func unload() async { await loop.unload() }

    /// Runs `body` when no request is under way, with the engine for itself.
    package func alone<Result: Sendable>(
        _ body: sending @escaping (any Transformer, GGUFFile) throws -> Result
    ) async throws -> Result {
        try await loop.alone(body)
    }

    /// From now on, pages of the cache that a request takes hold NaN until they are written.
    package func poisonFreedPages() async { await loop.poisonPages() }

    /// Has requests that draft draft as much as there is room for, whatever it costs, by what is made of their tokens.
    package func draftFreely(_ makeDrafter: @escaping @Sendable ([TokenID]) -> any Drafter) async {
        await loop.draftFreely(makeDrafter)
    }

    /// How the cache's books stand.
    package func cacheState() async -> PagePool.State { await loop.cacheState() }

    /// The tokens of a text that fits the context.
    func tokens(of text: String, parsesSpecial: Bool, addsSpecial: Bool = true) throws -> [TokenID] {
        try tokenizer.checkLength(ofText: text.utf8.count, contextLength: contextLength)
        return tokenizer.encode(text, addSpecial: addsSpecial, parseSpecial: parsesSpecial)
    }
}

/// Loads on the engine's thread, since what is loaded must stay there.
private actor Loading {
    private let thread: EngineThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(thread: EngineThread) { self.thread = thread }

    func load(
        _ path: String, _ options: LoadOptions, _ textByteCount: Int, _ progress: ModelLoader.Progress?,
        _ wrap: (sending any Engine) throws -> sending any Engine
    ) throws -> LanguageModel {
        let model = try ModelLoader(path: path)
        let tokenizer = try Tokenizer(gguf: model.file)
        try tokenizer.checkLength(
            ofText: textByteCount, contextLength: options.contextLength(trained: model.configuration.contextLength))
        let engine = try wrap(try model.engine(options, progress: progress))
        return LanguageModel(thread, model, tokenizer, engine, options)
    }
}
