extension Reference {
    /// What logits are multiplied with before the draw: the row's inverse temperature, or that of a temperature which
    /// follows the entropy (llama.cpp pull request 4972, after kalomaze's dynamic temperature).
    ///
    /// lowest + range · (entropy / largest entropy)^exponent, where the largest entropy is that of as many equally likely
    /// tokens. With weights w = exp(distance) and their sum W the entropy is ln W - Σ w · distance / W.
    package static func inverseTemperature(_ candidates: [Candidate], _ row: SamplerRow) -> Float {
        guard row.temperatureRange > 0, candidates.count > 1 else { return row.inverseTemperature }
        var whole: Float = 0
        var expected: Float = 0
        for distance in distances(candidates) {
            let weight = exp32(distance)
            whole += weight
            expected += flushed(weight * distance)
        }
        let entropy = log32(whole) - expected * reciprocal32(whole)
        let share = flushed(min(max(entropy * reciprocal32(log32(Float(candidates.count))), 0), 1))
        let power: Float =
            share > 0
            ? exp32(max(row.temperatureExponent * log32(share), -.greatestFiniteMagnitude))
            : row.temperatureExponent == 0 ? 1 : 0
        let temperature = row.lowestTemperature + row.temperatureRange * power
        return reciprocal32(min(max(temperature, leastTemperature), largestTemperature))
    }

    /// At this temperature nothing but what is as likely as the likeliest token has a share.
    package static let leastTemperature: Float = 1e-30
    /// At this temperature all tokens have the same share.
    package static let largestTemperature: Float = 1e30

    /// Multiplies logits with the inverse temperature.
    ///
    /// - Parameter keepsZero: whether what was above 0 is still, which counts for a repeat penalty behind; otherwise the
    ///   largest becomes 0, so that a draw behind takes the steps of the kernel's.
    package static func temper(_ candidates: inout [Candidate], inverseTemperature: Float, keepsZero: Bool) {
        let logits = keepsZero ? candidates.map(\.logit) : distances(candidates)
        for (index, logit) in logits.enumerated() {
            candidates[index].logit = flushed(min(max(logit * inverseTemperature, lowestLogit), -lowestLogit))
        }
    }
}
