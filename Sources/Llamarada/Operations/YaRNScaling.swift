import Glibc

/// Rotary frequencies for contexts longer than the trained one: waves that turn often within it stay, those that hardly turn
/// are stretched by a factor, those between in part; and cosine and sine grow a little.
///
/// Peng et al. 2023, arXiv 2309.00071, as llama.cpp and transformers 4.46 compute it.
package struct YaRNScaling: Sendable, Equatable {
    /// How many times longer the context is.
    package var factor: Double
    /// Positions of the trained context.
    package var trainedContext: Double
    /// Waves that turn as often within the trained context, and those that turn less than `slowTurns`.
    package var fastTurns: Double
    package var slowTurns: Double
    /// What cosine and sine are multiplied by, besides what the paper recommends for the factor.
    package var attentionFactor: Double

    package init(
        factor: Double, trainedContext: Double, fastTurns: Double = 32, slowTurns: Double = 1,
        attentionFactor: Double = 1
    ) {
        self.factor = factor
        self.trainedContext = trainedContext
        self.fastTurns = fastTurns
        self.slowTurns = slowTurns
        self.attentionFactor = attentionFactor
    }

    /// What cosine and sine are multiplied by.
    package var magnitude: Double { attentionFactor * (factor > 1 ? 1 + 0.1 * log(factor) : 1) }

    /// What the frequencies are multiplied by, (dimensionCount / 2): 1 to 1 / factor.
    package func multipliers(base: Double, dimensionCount: Int) -> [Double] {
        // The pair, not a whole one, whose wave turns so often.
        func pair(turning count: Double) -> Double {
            Double(dimensionCount) * log(trainedContext / (2 * Double.pi * count)) / (2 * log(base))
        }
        let first = max(0, pair(turning: fastTurns).rounded(.down))
        let last = min(Double(dimensionCount - 1), pair(turning: slowTurns).rounded(.up))
        return (0..<dimensionCount / 2).map { pair in
            let stretched = min(1, max(0, (Double(pair) - first) / max(0.001, last - first)))
            return stretched / factor + (1 - stretched)
        }
    }
}
