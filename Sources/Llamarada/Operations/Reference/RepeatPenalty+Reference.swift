extension Reference {
    /// logits[t] = logits[t] > 0 ? logits[t] · inverse : logits[t] · penalty for each recent token t, in place
    /// (Keskar et al., arXiv 1909.05858, with negative logits moved the same way); NaN and infinities stay.
    ///
    /// - Parameters:
    ///   - logits: (vocabulary).
    ///   - recent: distinct tokens; those outside the vocabulary count nothing.
    package static func repeatPenalty(_ logits: inout [Float], recent: [UInt32], _ row: SamplerRow) {
        for token in recent where Int(token) < logits.count && logits[Int(token)].isFinite {
            let logit = flushed(logits[Int(token)])
            logits[Int(token)] = flushed(logit > 0 ? logit * row.inversePenalty : logit * row.penalty)
        }
    }

    /// Subnormal values are 0 for everybody: some devices flush them.
    package static func flushed(_ value: Float) -> Float {
        value.magnitude < .leastNormalMagnitude ? 0 : value
    }
}
