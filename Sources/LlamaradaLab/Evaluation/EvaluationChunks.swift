import Llamarada
import LlamaradaErrors
import LlamaradaText

/// How a text is cut for evaluation: chunks that know nothing of each other, of which the second half is scored, so that
/// every scored token has at least half a chunk before it.
///
/// This is llama.cpp's method, so that numbers can be compared.
struct EvaluationChunks: Sendable {
    /// All chunks one after the other, (count · length), as the text has them.
    let tokens: [TokenID]
    /// Tokens of a chunk, at least 4.
    let length: Int
    /// Replaces the first token of every chunk, or nil.
    let bos: TokenID?

    /// The fewest tokens of a chunk: of 4, one is scored.
    static let shortest = 4

    /// Takes the whole chunks of `tokens`, at most `limit`.
    ///
    /// Throws `GenerationError` where there is none.
    init(_ tokens: [TokenID], length: Int, limit: Int?, bos: TokenID?) throws(GenerationError) {
        guard length >= Self.shortest else {
            throw GenerationError(
                .textTooShort, "A chunk of \(length) tokens has nothing to score",
                remedy: .contextOfAtLeast(Self.shortest))
        }
        let count = min(tokens.count / length, limit ?? .max)
        guard count > 0 else {
            guard tokens.count < length else { throw GenerationError(.invalidOption, "No chunk was asked for") }
            throw GenerationError(
                .textTooShort, "The text has \(tokens.count) tokens; one chunk needs \(length)",
                remedy: .either(.longerText, .shorterChunks))
        }
        self.tokens = Array(tokens.prefix(count * length))
        self.length = length
        self.bos = bos
    }

    var count: Int { tokens.count / length }

    /// The first position of a chunk whose successor is scored.
    var firstScored: Int { length / 2 }

    /// Scored tokens of a chunk.
    var scoredCount: Int { length - 1 - firstScored }

    /// The scored tokens of a chunk: (scoredCount).
    func targets(_ chunk: Int) -> [TokenID] {
        Array(tokens[chunk * length + firstScored + 1..<(chunk + 1) * length])
    }

    /// The tokens of a chunk as they are run: (length).
    func input(_ chunk: Int) -> [TokenID] {
        var input = Array(tokens[chunk * length..<(chunk + 1) * length])
        if let bos { input[0] = bos }
        return input
    }

    /// Runs a chunk on an emptied cache: (scoredCount, vocabulary), row i for the i-th target.
    ///
    /// The chunk's last token is only a target and is not run. Throws `NonFiniteLogits` where a row has no meaning.
    ///
    /// - Parameters:
    ///   - check: called before each half; may throw to stop.
    func logits(_ chunk: Int, _ transformer: any Transformer, check: () throws -> Void) throws -> Matrix {
        let input = input(chunk).dropLast()
        try check()
        _ = try transformer.forward(Array(input[..<firstScored]), at: 0, logits: .none)
        try check()
        let logits = try transformer.forward(Array(input[firstScored...]), at: firstScored, logits: .all)
        try NonFiniteLogits.check(logits.values)
        return logits
    }
}
