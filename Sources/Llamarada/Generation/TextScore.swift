public import LlamaradaText

/// How likely a model finds a text.
public struct TextScore: Sendable {
    /// A token and its log-probability in nats.
    public struct Token: Sendable {
        /// The token.
        public var id: TokenID
        /// Nil for the first token, which follows nothing.
        public var logProbability: Double?

        package init(id: TokenID, logProbability: Double? = nil) {
            self.id = id
            self.logProbability = logProbability
        }
    }

    /// Every token of the text.
    public var tokens: [Token]
    /// The likeliest tokens after the text, likeliest first.
    public var top: [Token]
    /// For each token of the text the likeliest ones in its place, likeliest first; none for the first token. Empty where
    /// they were not asked for.
    public var alternatives: [[Token]]

    /// The negated sum of all log-probabilities, in nats.
    public var negativeLogLikelihood: Double { tokens.reduce(0) { $0 - ($1.logProbability ?? 0) } }

    /// A score of tokens whose logits are still to come.
    ///
    /// - Parameter alternatives: how many of the likeliest tokens are kept in the place of each.
    package init(_ ids: [TokenID], alternatives count: Int = 0) {
        tokens = ids.map { Token(id: $0) }
        top = []
        alternatives = count > 0 ? ids.map { _ in [] } : []
        alternativeCount = count
    }

    private let alternativeCount: Int

    /// Takes the logits of the tokens from `start` on: each row says how likely the next token is.
    ///
    /// - Parameters:
    ///   - logits: (some tokens, vocabulary).
    ///   - count: how many next tokens are kept, if these are the last ones.
    package mutating func add(_ logits: Matrix, at start: Int, top count: Int) {
        for row in 0..<logits.rows where start + row + 1 < tokens.count {
            let next = start + row + 1
            let row = Array(logits.row(row))
            let logSum = Reference.logSum(row)
            tokens[next].logProbability = Double(row[Int(tokens[next].id)]) - logSum
            if alternativeCount > 0 { alternatives[next] = Self.likeliest(row, alternativeCount, logSum) }
        }
        guard start + logits.rows == tokens.count else { return }
        let last = Array(logits.row(logits.rows - 1))
        top = count > 0 ? Self.likeliest(last, count, Reference.logSum(last)) : []
    }

    /// The likeliest tokens of a row of logits.
    ///
    /// - Parameters:
    ///   - logits: (vocabulary).
    ///   - count: how many, 1 or more.
    package static func likeliest(_ logits: [Float], _ count: Int, _ logSum: Double) -> [Token] {
        Reference.topK(logits, count).map { Token(id: TokenID($0.id), logProbability: Double(logits[$0.id]) - logSum) }
    }
}
