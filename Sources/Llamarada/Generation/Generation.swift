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
    /// Whether special tokens that the model says, such as `[TOOL_CALLS]`, are part of the text. They are, too, where
    /// generation ignores the end of the text.
    public var showsSpecial: Bool
    /// Strings that end the text; they do not belong to it.
    public var stopStrings: [String]
    /// What the text follows; nil leaves it free. A text that follows something ends by itself or at a limit: then there
    /// may be no stop strings, and the end of the text may not be ignored.
    public var constraint: OutputConstraint?
    /// How many of the likeliest tokens come with each token and its log-probability; nil gives none of them.
    public var logProbabilities: Int?
    /// Whether the log-probabilities of the prompt's tokens are wanted. Then all of the prompt is computed, even what the
    /// cache has.
    public var scoresPrompt: Bool
    /// How many of the likeliest tokens come in the place of each of the prompt's, where these are scored.
    public var promptAlternatives: Int
    /// Whether the prompt's embedding is wanted, and nothing else: then `maxTokens` must be 0.
    public var embedsPrompt: Bool
    /// Most tokens that are drafted at once from what the text said before, to be checked in one step; 0 drafts none. It
    /// changes no bit of what comes, only when: a text that repeats itself comes faster, and where drafts do not pay there
    /// are none.
    public var lookup: Int
    /// What of the cache may be used for the prompt.
    public var reuse: PrefixReuse
    /// Sets callers apart: prefixes are shared between requests of one salt only.
    public var cacheSalt: UInt64

    /// Makes options; sampling defaults are llama.cpp's.
    public init(
        maxTokens: Int? = nil, sampling: SamplingOptions = .init(), parsesSpecial: Bool = false,
        ignoresEndOfText: Bool = false, showsSpecial: Bool = false, stopStrings: [String] = [],
        constraint: OutputConstraint? = nil, logProbabilities: Int? = nil, scoresPrompt: Bool = false,
        promptAlternatives: Int = 0, embedsPrompt: Bool = false, lookup: Int = 0,
        reuse: PrefixReuse = .prompts, cacheSalt: UInt64 = 0
    ) {
        self.maxTokens = maxTokens
        self.sampling = sampling
        self.parsesSpecial = parsesSpecial
        self.ignoresEndOfText = ignoresEndOfText
        self.showsSpecial = showsSpecial
        self.stopStrings = stopStrings
        self.constraint = constraint
        self.logProbabilities = logProbabilities
        self.scoresPrompt = scoresPrompt
        self.promptAlternatives = promptAlternatives
        self.embedsPrompt = embedsPrompt
        self.lookup = lookup
        self.reuse = reuse
        self.cacheSalt = cacheSalt
    }

    /// Most tokens that can be drafted at once: with the token before them, four times what products compute together.
    public static let mostLookup = 31

    /// What is wrong with a number of drafted tokens.
    static func validate(lookup: Int) -> String? {
        0...mostLookup ~= lookup ? nil : "drafted tokens must be from 0 to \(mostLookup), not \(lookup)"
    }

    /// Says in one line which value cannot be used, or nil when all can.
    func validate() -> String? {
        if let maxTokens, maxTokens < 0 { return "the number of tokens must be 0 or more, not \(maxTokens)" }
        if let logProbabilities, logProbabilities < 0 {
            return "the number of log-probabilities must be 0 or more, not \(logProbabilities)"
        }
        if promptAlternatives < 0 {
            return "the number of alternatives must be 0 or more, not \(promptAlternatives)"
        }
        if embedsPrompt, maxTokens != 0 || scoresPrompt { return "an embedding comes alone, without tokens and scores" }
        if constraint != nil {
            // What it cuts off, or goes on past, follows nothing.
            if stopStrings.contains(where: { !$0.isEmpty }) { return "a constrained text has no stop strings" }
            if ignoresEndOfText { return "a constrained text does not go on past its end" }
        }
        return Self.validate(lookup: lookup) ?? sampling.validate()
    }
}
