extension Reference {
    /// Locally typical sampling (Meister et al., arXiv 2202.00666): keeps the tokens whose information is nearest to the
    /// entropy, the nearest first, until their probabilities exceed `limit` together; at least one.
    ///
    /// With weights w = exp(distance), their sum W and p = w / W, |-ln p - entropy| · W is |distance · W - Σ w · distance|,
    /// which needs neither logarithm nor division. Of equally near ones the likelier comes first.
    package static func typical(_ candidates: inout [Candidate], _ limit: Float) {
        guard limit < 1, candidates.count > 1 else { return }
        let distances = distances(candidates)
        let weights = distances.map(exp32)
        let whole = weights.reduce(0, +)
        let expected = zip(weights, distances).reduce(0) { $0 + flushed($1.0 * $1.1) }
        let scores = distances.map { abs(flushed($0 * whole - expected)) }
        let nearest = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
        let target = limit * whole
        var running: Float = 0
        var kept: [Int] = []
        for place in nearest {
            running += weights[place]
            kept.append(place)
            if running > target { break }
        }
        candidates = kept.sorted().map { candidates[$0] }
    }
}
