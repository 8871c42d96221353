extension Reference {
    /// The lowest number: the logit of a token that may not be chosen, where there is any other.
    package static let lowestLogit = -Float.greatestFiniteMagnitude

    /// For each change of a token t, in place, each step rounded once:
    ///
    ///     x = logits[t] + bias
    ///     x = x > 0 ? x · inverse : x · penalty      where t is repeated
    ///     logits[t] = x - offset
    ///
    /// The middle line is the penalty of Keskar et al. (arXiv 1909.05858), with negative logits moved the same way; the
    /// last takes off what the presence and frequency penalties (OpenAI's reference of its API) and DRY come to. Sums end
    /// at the largest numbers, and the lowest stays there; NaN and infinities stay, and products may become such.
    ///
    /// - Parameters:
    ///   - logits: (vocabulary).
    ///   - changes: of distinct tokens; those outside the vocabulary count nothing.
    package static func change(_ logits: inout [Float], by changes: [LogitChange], _ row: SamplerRow) {
        for change in changes where Int(change.token) < logits.count {
            logits[Int(change.token)] = changed(logits[Int(change.token)], by: change, row)
        }
    }

    /// One logit after its change.
    package static func changed(_ logit: Float, by change: LogitChange, _ row: SamplerRow) -> Float {
        guard logit.isFinite else { return logit }
        var value = bounded(flushed(logit) + change.bias)
        if change.isRepeated, value > lowestLogit {
            value = flushed(value > 0 ? value * row.inversePenalty : value * row.penalty)
            guard value.isFinite else { return value }
        }
        return bounded(value - change.offset)
    }

    private static func bounded(_ value: Float) -> Float {
        flushed(min(max(value, -.greatestFiniteMagnitude), .greatestFiniteMagnitude))
    }

    /// Subnormal values are 0 for everybody: some devices flush them.
    package static func flushed(_ value: Float) -> Float {
        value.magnitude < .leastNormalMagnitude ? 0 : value
    }
}
