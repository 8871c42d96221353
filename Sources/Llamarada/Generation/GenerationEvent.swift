public import LlamaradaText

/// What a generation gives, one after the other.
public enum GenerationEvent: Sendable {
    /// How likely the model finds the prompt; the first event, where it was asked for.
    case prompt(TextScore)
    /// The prompt's embedding, (dim): the mean of the final norm over its tokens, of length 1; where it was asked for.
    case embedding([Float])
    /// The next token.
    case token(GeneratedToken)
    /// Text that was held back, because it could have become a stop string or a longer character.
    case text(String)
    /// How it went; the last event.
    case finished(GenerationSummary)

    /// The text that the event adds to the answer, perhaps none.
    public var text: String {
        switch self {
        case .token(let token): token.text
        case .text(let text): text
        case .prompt, .embedding, .finished: ""
        }
    }
}

/// A token of an answer.
public struct GeneratedToken: Sendable {
    /// Its id.
    public var id: TokenID
    /// Text that is certain with this token: never a part of a UTF-8 sequence, so sometimes empty.
    public var text: String
    /// The token's log-probability in nats, before penalties and temperature, and the likeliest alternatives, likeliest
    /// first; where they were asked for.
    public var scores: TokenScores?

    package init(id: TokenID, text: String, scores: TokenScores? = nil) {
        self.id = id
        self.text = text
        self.scores = scores
    }
}

/// How likely a model found a token, and which ones it found likeliest in its place.
public struct TokenScores: Sendable {
    /// In nats.
    public var logProbability: Double
    /// The likeliest tokens, likeliest first.
    public var top: [TextScore.Token]

    /// - Parameters:
    ///   - logits: (vocabulary).
    ///   - count: how many of the likeliest tokens.
    package init(_ logits: [Float], of token: TokenID, top count: Int) {
        let logSum = Reference.logSum(logits)
        logProbability = Double(logits[Int(token)]) - logSum
        top = count == 0 ? [] : TextScore.likeliest(logits, count, logSum)
    }
}

/// How a generation went.
public struct GenerationSummary: Sendable {
    /// Why it ended.
    public enum StopReason: Sendable, Equatable {
        /// The model ended its text.
        case endOfText
        /// `maxTokens` were generated.
        case tokenLimit
        /// Prompt and answer fill the context.
        case contextFull
        /// The text reached one of the stop strings.
        case stopString(String)
    }

    /// Why it ended.
    public var stopReason: StopReason
    /// The token by which the model ended its text, which is no part of it; nil where it ended otherwise.
    public var endToken: GeneratedToken?
    /// Tokens of the prompt.
    public var promptTokens: Int
    /// Of these, tokens whose keys and values were there already.
    public var reusedTokens: Int
    /// Seconds until the first token was chosen, without those that the request waited for others.
    public var promptSeconds: Double
    /// Tokens that were decoded, one at a time or behind drafts, the first not among them: it came with the prompt.
    public var decodedTokens: Int
    /// Seconds for these.
    public var decodeSeconds: Double
    /// Seconds that the request waited before it was begun.
    public var waitedSeconds: Double
    /// Tokens that were drafted and computed: see ``GenerationOptions/lookup``.
    public var draftedTokens: Int
    /// Of these, tokens that turned out to be the text's.
    public var acceptedTokens: Int

    package init(
        stopReason: StopReason, promptTokens: Int, reusedTokens: Int, promptSeconds: Double, decodedTokens: Int,
        decodeSeconds: Double, waitedSeconds: Double, draftedTokens: Int = 0, acceptedTokens: Int = 0
    ) {
        self.stopReason = stopReason
        self.promptTokens = promptTokens
        self.reusedTokens = reusedTokens
        self.promptSeconds = promptSeconds
        self.decodedTokens = decodedTokens
        self.decodeSeconds = decodeSeconds
        self.waitedSeconds = waitedSeconds
        self.draftedTokens = draftedTokens
        self.acceptedTokens = acceptedTokens
    }
}
