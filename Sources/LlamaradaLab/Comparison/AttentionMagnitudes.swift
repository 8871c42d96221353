import Glibc
import Llamarada
import LlamaradaThreads

extension ReferenceReplay {
    /// The sum of the absolute terms of both products of attention.
    ///
    /// With aⱼ = scale · Σᵢ|qᵢkⱼᵢ|, a rounding error of ε aⱼ in score j changes pⱼ by the factor 1 ± ε(aⱼ + Σpa), so
    /// that element d may be off by ε times Σⱼ pⱼ|vⱼd|(1 + aⱼ + Σpa).
    ///
    /// - Parameters:
    ///   - q: (tokens, heads · headDim).
    ///   - keys: (positions, kvHeads · headDim); `values` likewise.
    /// - Returns: (tokens, heads · headDim).
    static func attentionMagnitudes(
        _ q: Matrix, keys: [Float], values: [Float], _ shape: AttentionShape, positions: [Int], workers: Workers
    ) -> [Float] {
        let (headCount, headDim) = (shape.heads, shape.headDim)
        let (kvDim, group) = (shape.kvDim, headCount / shape.kvHeads)
        return Matrix(rows: q.rows, columns: q.columns) { output in
            // Safety: every piece writes its own headDim elements.
            nonisolated(unsafe) let output = output
            workers.forEach(q.rows * headCount) { piece in
                let (token, head) = (piece / headCount, piece % headCount)
                let seen = Reference.firstSeen(from: positions[token], shape.window)...positions[token]
                let terms = ScoreTerms(
                    q: q.values[piece * headDim..<(piece + 1) * headDim], keys: keys, offset: head / group * headDim,
                    stride: kvDim, seen: seen, scale: shape.scale)
                var sums = [Double](repeating: 0, count: headDim)
                for (index, weight) in terms.weights.enumerated() {
                    let row = (seen.lowerBound + index) * kvDim + head / group * headDim
                    let factor = weight * (1 + terms.magnitudes[index] + terms.meanMagnitude)
                    for d in 0..<headDim { sums[d] += factor * Double(abs(values[row + d])) }
                }
                for d in 0..<headDim { output[piece * headDim + d] = Float(sums[d]) }
            }
        }.values
    }
}

/// One query's scores: the softmax of the sums and the sums of the absolute terms.
private struct ScoreTerms {
    var weights: [Double]
    var magnitudes: [Double]
    /// Σ weight · magnitude.
    var meanMagnitude: Double

    init(
        q: ArraySlice<Float>, keys: [Float], offset: Int, stride: Int, seen: ClosedRange<Int>, scale: Double
    ) {
        let query = q.map(Double.init)
        weights = [Double](repeating: 0, count: seen.count)
        magnitudes = weights
        for (index, position) in seen.enumerated() {
            let row = position * stride + offset
            var (sum, size) = (0.0, 0.0)
            for (d, value) in query.enumerated() {
                let term = value * Double(keys[row + d])
                sum += term
                size += abs(term)
            }
            (weights[index], magnitudes[index]) = (sum * scale, size * scale)
        }
        let largest = weights.max() ?? 0
        weights = weights.map { exp($0 - largest) }
        let total = weights.reduce(0, +)
        weights = weights.map { $0 / total }
        meanMagnitude = zip(weights, magnitudes).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
