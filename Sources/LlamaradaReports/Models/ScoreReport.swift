package import Llamarada
package import LlamaradaText

/// A score as text or JSON; pieces are the vocabulary's raw ones.
package struct ScoreReport {
    let score: TextScore
    let vocabulary: Vocabulary

    package init(score: TextScore, vocabulary: Vocabulary) {
        self.score = score
        self.vocabulary = vocabulary
    }

    /// Every number.
    package var json: JSON {
        .object([
            ("tokens", table.json(score.tokens)), ("nll", .number(score.negativeLogLikelihood)),
            ("top", table.json(score.top)),
        ])
    }

    /// A table of the text's tokens, and one of those that may come next.
    package var text: String {
        let shown = table.selecting(["id", "logprob", "piece"])
        let nll = HumanUnits.fixed(score.negativeLogLikelihood, digits: 4)
        return "\(shown.text(score.tokens))\nnegative log-likelihood \(nll) nats\n\nLikeliest next tokens\n"
            + "\(shown.text(score.top, headed: false))\n"
    }

    private var table: Table<TextScore.Token> {
        Table([
            Column("id", key: "id") { .integer($0.id) },
            Column("piece", key: "piece", .left) { .text(vocabulary.piece($0.id)) },
            Column("logprob", key: "logprob") { .number(orMissing: $0.logProbability, .fixed(4)) },
        ])
    }
}

/// Tokens with their pieces, as text or JSON.
package struct TokenList {
    let tokens: [TokenID]
    let text: String
    let vocabulary: Vocabulary

    package init(tokens: [TokenID], text: String, vocabulary: Vocabulary) {
        self.tokens = tokens
        self.text = text
        self.vocabulary = vocabulary
    }

    /// A line a token: its id and its raw piece.
    package var lines: String { table.text(tokens, headed: false) }

    /// The text with its tokens.
    package var json: JSON { .object([("text", .string(text)), ("tokens", table.json(tokens))]) }

    private var table: Table<TokenID> {
        Table([
            Column("id", key: "id") { .integer($0) },
            Column("piece", key: "piece", .left) { .text(vocabulary.piece($0)) },
        ])
    }
}

extension Vocabulary {
    /// A token's raw piece as text, what isn't UTF-8 replaced; empty for ids that are not in the vocabulary.
    fileprivate func piece(_ id: TokenID) -> String {
        String(decoding: contains(id) ? pieces[Int(id)] : [], as: UTF8.self)
    }
}
