import Glibc
import Llamarada
import LlamaradaDevice

extension Checks {
    static let attention: [CheckCase] = KVCacheType.allCases.flatMap { keyType in
        KVCacheType.allCases.flatMap { valueType in
            attentionShapes.map { attentionCase(keyType, valueType, $0) }
        }
    }

    /// One attention: queries at `positions` of a cache that is just deep enough.
    private struct Problem {
        var heads: Int
        var kvHeads: Int
        var headDim: Int
        var positions: [Int]
        var scale: Float = 3
        var sequences = 1
        var fillingUp: Set<Int> = []
        var window: Int?
        var scoreScale: Double?
        var note = ""

        var shape: AttentionShape {
            AttentionShape(heads: heads, kvHeads: kvHeads, headDim: headDim, window: window, scale: scoreScale)
        }
        var depth: Int { (positions.max() ?? 0) + 1 }
        var rows: PagedRows { PagedRows(positions: positions, sequences: sequences, fillingUp: fillingUp) }
    }

    private static let attentionShapes: [Problem] =
        [1, 7, 31, 33, 257].map { Problem(heads: 4, kvHeads: 2, headDim: 64, positions: [$0 - 1]) } + [
            Problem(heads: 1, kvHeads: 1, headDim: 2, positions: [0]),
            Problem(heads: 3, kvHeads: 3, headDim: 2, positions: Array(0..<7)),
            Problem(heads: 6, kvHeads: 2, headDim: 10, positions: Array(0..<9)),
            Problem(heads: 2, kvHeads: 1, headDim: 12, positions: Array(24..<57)),
            Problem(heads: 9, kvHeads: 3, headDim: 64, positions: Array(0..<33)),
            Problem(heads: 2, kvHeads: 2, headDim: 70, positions: [5, 33]),
            Problem(heads: 2, kvHeads: 1, headDim: 96, positions: [0, 40]),
            Problem(heads: 4, kvHeads: 4, headDim: 128, positions: Array(250..<257)),
            Problem(heads: 8, kvHeads: 2, headDim: 128, positions: [31, 32]),
            Problem(heads: 1, kvHeads: 1, headDim: 264, positions: [3, 36]),
            // Not in order: each query must take its own position.
            Problem(heads: 2, kvHeads: 1, headDim: 12, positions: [8, 2, 40, 0, 17, 16, 15]),
            Problem(
                heads: 4, kvHeads: 2, headDim: 16, positions: [8, 70, 0, 33, 17, 5, 69], sequences: 3,
                fillingUp: [2, 5],
                note: "of 3 sequences"),
            // Windows that begin within a block, at its edge, with the first position, and of one position.
            Problem(heads: 4, kvHeads: 1, headDim: 256, positions: Array(60..<67), window: 33, note: "window 33"),
            Problem(heads: 2, kvHeads: 1, headDim: 12, positions: [31, 32, 47, 63, 8], window: 32, note: "window 32"),
            Problem(heads: 2, kvHeads: 1, headDim: 12, positions: [0, 4, 5, 257], window: 5, note: "window 5"),
            Problem(heads: 2, kvHeads: 2, headDim: 2, positions: [0, 1, 32, 33, 77], window: 1, note: "window 1"),
            Problem(
                heads: 4, kvHeads: 2, headDim: 16, positions: [8, 70, 0, 33, 17, 5, 69], sequences: 3,
                fillingUp: [2, 5], window: 12, note: "of 3 sequences, window 12"),
            Problem(
                heads: 2, kvHeads: 1, headDim: 12, positions: [40], scoreScale: 0.07, note: "scores times 0.07"),
            Problem(heads: 2, kvHeads: 1, headDim: 12, positions: [40], scale: 0, note: "equal scores"),
            Problem(heads: 2, kvHeads: 1, headDim: 12, positions: [40], scale: 20, note: "one key alone"),
        ]

    private static func attentionCase(_ keyType: KVCacheType, _ valueType: KVCacheType, _ problem: Problem) -> CheckCase
    {
        let shape = problem.shape
        let tokens = problem.positions.count
        return CheckCase(
            operation: "Attention", variant: "\(keyType.variantName), \(valueType.variantName)",
            shape: "(\(tokens), \(shape.heads)/\(shape.kvHeads), \(shape.headDim)) @ \(problem.positions[0])"
                + (problem.note.isEmpty ? "" : " \(problem.note)"),
            bound: PrecisionClass.exact.product,
            // Which types are mixed changes no tile.
            dependsOnTuning: keyType == valueType
        ) { trial in
            var random = trial.random
            let queries = random.floats(tokens * shape.heads * shape.headDim, scale: problem.scale)
            let rows = problem.rows
            let cachedKeys = CachedValues(random.floats(rows.placeCount * shape.kvDim), keyType, headDim: shape.headDim)
            let cachedValues = CachedValues(
                random.floats(rows.placeCount * shape.kvDim), valueType, headDim: shape.headDim)
            let expected = ExpectedAttention(
                queries, keys: cachedKeys.values, values: cachedValues.values, positions: problem.positions, rows,
                shape)
            let q = trial.input(queries)
            let (keys, values) = (trial.input(cachedKeys.words), trial.input(cachedValues.words))
            let cacheRows = rows.input(trial)
            let attended = trial.output(Float.self, count: queries.count)
            try trial.run { pass, copy in
                pass.attention(
                    q, keys: keys, keyType, values: values, valueType, rows: cacheRows, shape: shape,
                    depth: problem.depth, into: attended.views[copy])
            } measure: {
                Measurement(
                    actual: trial.values(attended), expected: expected.values, magnitudes: expected.magnitudes)
            }
        }
    }
}

/// Attention in f64 on the cached values, with Σ pⱼ|vⱼ| beside every Σ pⱼvⱼ.
struct ExpectedAttention {
    var values: [Double]
    var magnitudes: [Double]

    init(
        _ q: [Float], keys: [Float], values: [Float], positions: [Int], _ rows: PagedRows, _ shape: AttentionShape
    ) {
        self.values = [Double](repeating: 0, count: q.count)
        magnitudes = self.values
        let headDim = shape.headDim
        for (token, position) in positions.enumerated() where !rows.isFillingUp(token) {
            let first = position - min(position, (shape.window ?? .max) - 1)
            let places = (first...position).map { rows.place(of: $0, ofRow: token) }
            for head in 0..<shape.heads {
                let query = (token * shape.heads + head) * headDim
                let offset = head / (shape.heads / shape.kvHeads) * headDim
                let scores = places.map { row in
                    (0..<headDim).reduce(0.0) {
                        $0 + Double(q[query + $1]) * Double(keys[row * shape.kvDim + offset + $1])
                    } * shape.scale
                }
                let largest = scores.max() ?? 0
                let weights = scores.map { exp($0 - largest) }
                let total = weights.reduce(0, +)
                for (row, weight) in zip(places, weights) {
                    for d in 0..<headDim {
                        let term = weight / total * Double(values[row * shape.kvDim + offset + d])
                        self.values[query + d] += term
                        magnitudes[query + d] += abs(term)
                    }
                }
            }
        }
    }
}
