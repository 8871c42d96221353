import Glibc

/// Mirostat's memory, and its draw (Basu et al., arXiv 2007.14966; as in llama.cpp the surprise of a token is that among
/// those that stayed).
package struct MirostatState: Sendable, Equatable {
    /// The largest surprise that is allowed now, in bits.
    package private(set) var largestSurprise: Double
    private let options: SamplingOptions.Mirostat

    /// Tokens by which Zipf's law is fitted, as in the paper.
    private static let fittedTokens = 100

    package init(_ options: SamplingOptions.Mirostat) {
        self.options = options
        largestSurprise = 2 * Double(options.targetSurprise)
    }

    /// Draws of all tokens, and takes note of how surprising the one was.
    ///
    /// - Parameter candidates: all, largest first, at their temperature.
    package mutating func draw(_ candidates: [Reference.Candidate], uniform: Float) -> Reference.Candidate {
        let count = options.version == .first ? zipfCount(candidates) : unsurprisingCount(candidates)
        let kept = Array(candidates.prefix(max(1, count)))
        let drawn = Reference.draw(kept, inverseTemperature: 1, uniform: uniform)
        let surprise = log2(Self.whole(kept)) + Self.bits(below: kept[0].logit, drawn.logit)
        largestSurprise -= Double(options.learningRate) * (surprise - Double(options.targetSurprise))
        return drawn
    }

    /// The sum of weights exp(distance).
    private static func whole(_ candidates: [Reference.Candidate]) -> Double {
        Reference.distances(candidates).reduce(0) { $0 + Double(Reference.exp32($1)) }
    }

    private static func bits(below largest: Float, _ logit: Float) -> Double {
        (Double(largest) - Double(logit)) * M_LOG2E
    }

    /// How many tokens are no more surprising than allowed.
    private func unsurprisingCount(_ candidates: [Reference.Candidate]) -> Int {
        let base = log2(Self.whole(candidates))
        return candidates.prefix { base + Self.bits(below: candidates[0].logit, $0.logit) <= largestSurprise }.count
    }

    /// The k of the paper's equation 9: how many tokens give the allowed surprise, if their probabilities are as
    /// rank^-s. s is fitted to the likeliest tokens by least squares on differences of logarithms.
    private func zipfCount(_ candidates: [Reference.Candidate]) -> Int {
        guard candidates.count > 1 else { return 1 }
        var (products, squares) = (0.0, 0.0)
        for rank in 1..<min(Self.fittedTokens, candidates.count) {
            let step = log(Double(rank + 1) / Double(rank))
            products += step * (Double(candidates[rank - 1].logit) - Double(candidates[rank].logit))
            squares += step * step
        }
        let exponent = products / squares
        let excess = exponent - 1
        let vocabulary = Double(candidates.count)
        // The limit of excess / (1 - vocabulary^-excess) at 0.
        let ratio = abs(excess) < 1e-9 ? 1 / log(vocabulary) : excess / (1 - pow(vocabulary, -excess))
        let count = pow(ratio * exp2(largestSurprise), 1 / exponent)
        return count < vocabulary ? Int(count) : candidates.count
    }
}
