public import LlamaradaText

/// What to generate.
public struct GenerationOptions: Sendable {
    /// Most tokens to generate; nil goes on until the text ends or the context is full.
    public var maxTokens: Int?
    /// How tokens are chosen.
    public var sampling: SamplingOptions
    /// Whether special tokens written in the prompt, such as `<|im_start|>`, are taken as such.
    public var parsesSpecial: Bool
    /// Whether generation goes on past tokens that end a text.
    public var ignoresEndOfText: Bool

    /// Makes options; sampling defaults are llama.cpp's.
    public init(
        maxTokens: Int? = nil, sampling: SamplingOptions = .init(), parsesSpecial: Bool = false,
        ignoresEndOfText: Bool = false
    ) {
        self.maxTokens = maxTokens
        self.sampling = sampling
        self.parsesSpecial = parsesSpecial
        self.ignoresEndOfText = ignoresEndOfText
    }
}

/// One step of a generation.
public struct GeneratedToken: Sendable {
    /// The token; nil in the last element, which only ends the text.
    public var id: TokenID?
    /// Text that is complete with this token: never a part of a UTF-8 sequence, so sometimes empty.
    public var text: String
    /// In the last element: how it went.
    public var summary: GenerationSummary?
}

/// How a generation went.
public struct GenerationSummary: Sendable, Equatable {
    /// Why it ended.
    public enum StopReason: String, Sendable {
        /// The model ended its text.
        case endOfText = "end of text"
        /// `maxTokens` were generated.
        case tokenLimit = "token limit"
        /// Prompt and answer fill the context.
        case contextFull = "context full"
    }

    /// Why it ended.
    public var stopReason: StopReason
    /// Tokens of the prompt.
    public var promptTokens: Int
    /// Seconds until the first token was chosen.
    public var promptSeconds: Double
    /// Tokens that were computed one at a time, the first not among them: it came with the prompt.
    public var decodedTokens: Int
    /// Seconds for these.
    public var decodeSeconds: Double
}
