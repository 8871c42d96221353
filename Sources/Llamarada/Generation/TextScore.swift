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
    public var negativeLogLikelihood: Double { tokens.reduce(0) { $0 - ($1.logProbability ?? 0) } }

    /// A score of tokens whose logits are still to come.
    package init(_ ids: [TokenID]) {
        tokens = ids.map { Token(id: $0) }
        top = []
    }

    /// Takes the logits of the tokens from `start` on: each row says how likely the next token is.
    ///
    /// - Parameters:
    ///   - logits: (some tokens, vocabulary).
    ///   - count: how many next tokens are kept, if these are the last ones.
    package mutating func add(_ logits: Matrix, at start: Int, top count: Int) {
        for row in 0..<logits.rows where start + row + 1 < tokens.count {
            let next = start + row + 1
            tokens[next].logProbability = Reference.logProbability(logits.row(row), of: Int(tokens[next].id))
        }
        guard start + logits.rows == tokens.count else { return }
        let last = logits.row(logits.rows - 1)
        top = Reference.topK(Array(last), max(1, count)).prefix(max(0, count)).map {
            Token(id: TokenID($0.id), logProbability: Reference.logProbability(last, of: $0.id))
        }
    }
}
