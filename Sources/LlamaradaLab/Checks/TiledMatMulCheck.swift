import Llamarada
import LlamaradaTensors

extension Checks {
    /// Products of the half class; those of the exact one are `MatMul`'s, with tunings that tile.
    static let tiledMatMul: [CheckCase] = ElementType.allCases.filter(\.servesHalfClass).flatMap { type in
        let tokens = [1, 9, 64, 2, 65, 17, 33]
        let shapes = productShapes(type).enumerated().map { index, shape in
            halfCase(type, rows: shape.rows, columns: shape.columns, tokens: tokens[index % tokens.count])
        }
        return shapes + [1, 7, 16, 31, 63, 129].map {
            halfCase(type, rows: 131, columns: type.wholeBlocks(160), tokens: $0)
        } + [halfCase(type, rows: 257, columns: type.wholeBlocks(96), tokens: 5, shards: true)]
    }

    private static func halfCase(
        _ type: ElementType, rows: Int, columns: Int, tokens: Int, shards: Bool = false
    ) -> CheckCase {
        var check = CheckCase(
            operation: "TiledMatMul", variant: "\(type.name), HALF",
            shape: "(\(rows), \(columns)) × \(tokens)" + (shards ? " in shards" : ""),
            bound: PrecisionClass.half.product
        ) { trial in
            var random = trial.random
            let weights = random.weights(type, rows: rows, columns: columns, .plain)
            let values = random.floats(tokens * columns)
            let rounded = Reference.halfRows(Matrix(rows: tokens, columns: columns, values: values))
            let expected = try ExpectedProduct(HalfWeights(weights), rounded.values, tokens: tokens)
            let x = trial.input(values)
            let matrix = try trial.matrix(weights, shardByteCount: shards ? LargeWeights.shardByteCount(weights) : .max)
            let halves = trial.output(UInt32.self, count: tokens * HalfRow.wordCount(columns: columns))
            let product = trial.output(Float.self, count: tokens * rows)
            try trial.run { pass, copy in
                pass.halfRows(x, columns: columns, rows: 0..<tokens, into: halves.views[copy])
                pass.matMul(
                    matrix, x, halves: halves.views[copy], rows: 0..<tokens, into: product.views[copy])
            } measure: {
                Measurement(
                    actual: trial.values(product), expected: expected.values, magnitudes: expected.magnitudes)
            }
        }
        check.precision = .half
        return check
    }
}

/// Weights as the half class rounds them.
private struct HalfWeights<Weights: WeightSource>: WeightSource {
    private let weights: Weights

    init(_ weights: Weights) { self.weights = weights }

    var rows: Int { weights.rows }
    var columns: Int { weights.columns }

    func dequantize(_ range: Range<Int>, into output: UnsafeMutableBufferPointer<Float>) throws {
        try weights.dequantize(range, into: output)
        for index in output.indices { output[index] = Float(KVCacheType.half(output[index])) }
    }
}
