public import LlamaradaText

/// How likely a model finds a text.
public struct TextScore: Sendable {
    /// A token and its log-probability in nats.
    public struct Token: Sendable {
        /// The token.
        public var id: TokenID
        /// Nil for the first token, which follows nothing.
        public var logProbability: Double?
    }

    /// Every token of the text.
    public var tokens: [Token]
    /// The likeliest tokens after the text, likeliest first.
    public var top: [Token]

    /// The negated sum of all log-probabilities, in nats.
    public var negativeLogLikelihood: Double { -tokens.reduce(0) { $0 + ($1.logProbability ?? 0) } }

    /// - Parameters:
    ///   - logits: (tokens, vocabulary).
    package init(tokens ids: [TokenID], logits: Matrix, top count: Int) {
        tokens = ids.enumerated().map { index, id in
            guard index > 0 else { return Token(id: id) }
            return Token(id: id, logProbability: Reference.logProbability(logits.row(index - 1), of: Int(id)))
        }
        let last = logits.row(logits.rows - 1)
        let order = last.indices.sorted { (last[$0], $1) > (last[$1], $0) }
        top = order.prefix(count).map {
            Token(id: TokenID($0), logProbability: Reference.logProbability(last, of: $0))
        }
    }
}
