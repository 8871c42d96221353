import Llamarada
import LlamaradaTensors
import LlamaradaText

/// The log-probabilities of `/v1/completions`: four lists with an element for each token.
struct CompletionLogProbabilities: Sendable {
    private var tokens: [JSONValue] = []
    private var tokenLogProbabilities: [JSONValue] = []
    private var top: [JSONValue] = []
    private var offsets: [JSONValue] = []
    /// Characters of the tokens so far, as Python counts them.
    private var offset: Int

    init(offset: Int = 0) { self.offset = offset }

    /// Adds a token.
    ///
    /// - Parameters:
    ///   - logProbability: nil for the first token of a text.
    ///   - alternatives: the likeliest tokens in its place. The token itself joins them where it is not among them, so that
    ///     whoever looks for the largest of all finds whether it was the likeliest.
    mutating func add(
        _ id: TokenID, _ logProbability: Double?, _ alternatives: [TextScore.Token], _ texts: TokenText
    ) {
        let text = texts[id]
        tokens.append(.string(text))
        offsets.append(.integer(offset))
        offset += text.unicodeScalars.count
        guard let logProbability else {
            tokenLogProbabilities.append(.null)
            top.append(.null)
            return
        }
        tokenLogProbabilities.append(.number(logProbability))
        // Likeliest first: of tokens with one text, as bytes of characters may have, the likeliest stays.
        var members: [JSONValue.Member] = []
        // By bytes: two spellings of a character are two names in JSON.
        var names: Set<[UInt8]> = []
        let all =
            alternatives
            + (alternatives.contains { $0.id == id } ? [] : [.init(id: id, logProbability: logProbability)])
        for token in all where names.insert(Array(texts[token.id].utf8)).inserted {
            members.append(.init(texts[token.id], .number(token.logProbability ?? 0)))
        }
        top.append(.object(members))
    }

    /// Adds the lists of what follows.
    mutating func append(_ other: CompletionLogProbabilities) {
        tokens += other.tokens
        tokenLogProbabilities += other.tokenLogProbabilities
        top += other.top
        offsets += other.offsets
        offset = other.offset
    }

    /// What follows from here on, still empty.
    var following: CompletionLogProbabilities { CompletionLogProbabilities(offset: offset) }

    var json: JSONValue {
        .object([
            .init("tokens", .array(tokens)), .init("token_logprobs", .array(tokenLogProbabilities)),
            .init("top_logprobs", .array(top)), .init("text_offset", .array(offsets)),
        ])
    }
}
