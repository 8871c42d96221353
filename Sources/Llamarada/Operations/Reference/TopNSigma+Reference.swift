extension Reference {
    /// Top-nσ (Tang et al., arXiv 2411.07641): only logits at least the largest one minus `count` standard deviations of
    /// all stay, the others become `lowestLogit`. Logits that are so low already count for nothing.
    ///
    /// It needs every logit, which the device's sampler does not look at together; so sums are f64 here.
    package static func topNSigma(_ logits: inout [Float], _ count: Float) {
        guard let bound = sigmaBound(logits, count) else { return }
        for index in logits.indices where Double(logits[index]) < bound { logits[index] = lowestLogit }
    }

    /// The same of what other filters left.
    package static func topNSigma(_ candidates: inout [Candidate], _ count: Float) {
        guard let bound = sigmaBound(candidates.map(\.logit), count) else { return }
        for index in candidates.indices where Double(candidates[index].logit) < bound {
            candidates[index].logit = lowestLogit
        }
    }

    /// - Returns: nil where all stay.
    private static func sigmaBound(_ logits: [Float], _ count: Float) -> Double? {
        var (sum, number, largest) = (0.0, 0.0, lowestLogit)
        for logit in logits where logit > lowestLogit {
            sum += Double(logit)
            number += 1
            largest = max(largest, logit)
        }
        guard number > 1 else { return nil }
        let mean = sum / number
        var squares = 0.0
        for logit in logits where logit > lowestLogit { squares += (Double(logit) - mean) * (Double(logit) - mean) }
        return Double(largest) - Double(count) * (squares / number).squareRoot()
    }
}
