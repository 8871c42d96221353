package import LlamaradaText

/// Which rows of logits a forward pass returns.
package enum LogitsRequest: Sendable {
    case none, last, all
}

/// A Llama model with its cache of keys and values, on one backend.
package protocol Transformer: AnyObject {
    var configuration: ModelConfiguration { get }

    /// The most tokens that the cache holds.
    var contextLength: Int { get }

    /// Runs `tokens` at positions `position..<position + tokens.count` and extends the cache.
    ///
    /// What the cache held from `position` on is forgotten; before it, it must be filled without a gap.
    /// - Returns: (0, 1 or tokens; vocabulary), by `logits`.
    func forward(_ tokens: [TokenID], at position: Int, logits: LogitsRequest) throws -> Matrix

    /// Runs `tokens` and returns the most likely next one; the lowest id of several equal ones.
    ///
    /// Throws `NonFiniteLogits` where there is none.
    func greedy(after tokens: [TokenID], at position: Int) throws -> TokenID
}

extension Transformer {
    package func greedy(after tokens: [TokenID], at position: Int) throws -> TokenID {
        let logits = try forward(tokens, at: position, logits: .last).values
        try NonFiniteLogits.check(logits)
        return TokenID(Reference.argmax(logits))
    }
}

/// A transformer that shows its intermediate tensors.
package protocol TappedTransformer: Transformer {
    /// Is shown what it wants of every pass.
    var tap: Tap? { get set }

    /// The most tokens that one pass computes together with all their logits.
    var tappedChunk: Int { get }
}
