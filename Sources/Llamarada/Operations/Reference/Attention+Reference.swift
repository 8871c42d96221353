import Glibc
package import LlamaradaThreads

extension Reference {
    /// Causal attention with grouped queries over the cache, or over its last positions.
    ///
    /// out[t, h] = Σₚ softmaxₚ(q[t, h] · k[p, g] · scale) · v[p, g], with positions[t] - window < p ≤ positions[t] and
    /// g = h / (heads / kvHeads). Vaswani et al. 2017, arXiv 1706.03762; Ainslie et al. 2023, arXiv 2305.13245.
    ///
    /// - Parameters:
    ///   - q: (tokens, heads · headDim), rotated.
    ///   - keys: (places, kvHeads · headDim), rotated.
    ///   - values: (places, kvHeads · headDim).
    ///   - window: positions that a token sees, itself included; nil for all.
    ///   - scale: 1/√headDim unless given.
    ///   - positions: (tokens), of one sequence.
    ///   - place: the row of keys and values that holds a position; in order unless given.
    /// - Returns: (tokens, heads · headDim).
    package static func attention(
        _ q: Matrix, keys: [Float], values: [Float], headDim: Int, kvHeadCount: Int, window: Int? = nil,
        scale: Double? = nil, positions: [Int],
        place: (Int) -> Int = { $0 }, workers: Workers = .one
    ) -> Matrix {
        let headCount = q.columns / headDim
        let (kvDim, group) = (kvHeadCount * headDim, headCount / kvHeadCount)
        let places = (0..<(positions.max() ?? -1) + 1).map(place)
        require(
            headCount * headDim == q.columns && group * kvHeadCount == headCount && positions.count == q.rows
                && keys.count == values.count && places.allSatisfy { ($0 + 1) * kvDim <= keys.count },
            "Attention", "q (\(q.rows), \(headCount), \(headDim)), \(kvHeadCount) kv heads, \(keys.count) keys")
        return Matrix(rows: q.rows, columns: q.columns) { output in
            // Safety: every piece writes its own headDim elements.
            nonisolated(unsafe) let output = output
            workers.forEach(q.rows * headCount) { piece in
                let (token, head) = (piece / headCount, piece % headCount)
                attendOne(
                    q: q.values[piece * headDim..<(piece + 1) * headDim], keys: keys, values: values,
                    offset: head / group * headDim, stride: kvDim,
                    places: places[firstSeen(from: positions[token], window)...positions[token]],
                    scale: scale ?? AttentionShape.usualScale(headDim: headDim),
                    into: UnsafeMutableBufferPointer(rebasing: output[piece * headDim..<(piece + 1) * headDim]))
            }
        }
    }

    /// The first position that a token at `position` sees.
    package static func firstSeen(from position: Int, _ window: Int?) -> Int {
        window.map { max(0, position - $0 + 1) } ?? 0
    }

    /// One query against the cached rows at `places` of its head, which begin at `offset` of each `stride`.
    private static func attendOne(
        q: ArraySlice<Float>, keys: [Float], values: [Float], offset: Int, stride: Int, places: ArraySlice<Int>,
        scale: Double,
        into output: UnsafeMutableBufferPointer<Float>
    ) {
        let query = q.map(Double.init)  // (headDim)
        let places = Array(places)
        var weights = [Double](repeating: 0, count: places.count)  // first the scores
        keys.withUnsafeBufferPointer { keys in
            guard let first = keys.baseAddress else { return }
            for position in weights.indices {
                weights[position] = dot(first + places[position] * stride + offset, query, count: query.count) * scale
            }
        }
        let largest = weights.max() ?? 0
        for position in weights.indices { weights[position] = exp(weights[position] - largest) }
        let sum = weights.reduce(0, +)
        var mixed = [Double](repeating: 0, count: query.count)  // (headDim)
        values.withUnsafeBufferPointer { values in
            for (position, weight) in weights.enumerated() {
                let row = places[position] * stride + offset
                for index in mixed.indices { mixed[index] += weight * Double(values[row + index]) }
            }
        }
        for index in mixed.indices { output[index] = Float(mixed[index] / sum) }
    }
}
