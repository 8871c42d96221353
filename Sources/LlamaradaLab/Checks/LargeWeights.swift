import Llamarada
import LlamaradaTensors

/// A matrix of 205 MB: more than the CPU driver binds (128 MiB), so that it lies in two shards, the first of which needs
/// more workgroups than an axis of a grid has.
enum LargeWeights {
    static let rows = 3_200_000
    static let columns = 16

    /// Bytes that cut a matrix of 257 rows in shards of 128.
    static func shardByteCount(_ weights: QuantizedRows) -> Int {
        WeightLayout(weights.elementType, rows: 128, columns: weights.columns).byteCount
    }

    /// A multiple of 2⁻⁷ in [-1, 1): the sum of 16 products is exact in f32, whatever the order.
    static func value(_ row: Int, _ column: Int) -> Float {
        Float(Int8(truncatingIfNeeded: Int(truncatingIfNeeded: CheckRandom.mix(UInt64(row)) >> UInt64(3 * column))))
            * 0x1p-7
    }

    private static func write(_ range: Range<Int>, _ target: UnsafeMutableRawBufferPointer) {
        let values = target.bindMemory(to: Float.self)
        for row in range {
            for column in 0..<columns { values[(row - range.lowerBound) * columns + column] = value(row, column) }
        }
    }

    private static func matrix(_ trial: Trial) throws -> WeightMatrix {
        try trial.largeMatrix(.f32, rows: rows, columns: columns, read: write)
    }

    private static func product(_ x: [Float], tokens: Int) -> [Float] {
        var product = [Float](repeating: 0, count: tokens * rows)
        product.withUnsafeMutableBufferPointer { product in
            for row in 0..<rows {
                let weights = (0..<columns).map { value(row, $0) }
                for token in 0..<tokens {
                    var sum: Float = 0
                    for column in 0..<columns { sum += weights[column] * x[token * columns + column] }
                    product[token * rows + row] = sum
                }
            }
        }
        return product
    }

    private static func check(
        _ operation: String, _ shape: String, _ body: @escaping @Sendable (Trial) throws -> Void
    ) -> CheckCase {
        CheckCase(
            operation: operation, variant: "F32", shape: shape, bound: .identical, isLarge: true,
            dependsOnTuning: false,
            body: body)
    }

    static let matVec = check("MatVec", "(\(rows), \(columns)) 205 MB") { try multiply($0, tokens: 1) }
    static let matMul = check("MatMul", "(\(rows), \(columns)) × 2, 205 MB") { try multiply($0, tokens: 2) }

    private static func multiply(_ trial: Trial, tokens: Int) throws {
        let values = (0..<tokens * columns).map { Float(($0 * 37) % 61 - 30) * 0x1p-5 }
        let expected = product(values, tokens: tokens)
        let x = trial.input(values)
        let product = trial.output(Float.self, count: tokens * rows)
        let matrix = try matrix(trial)
        try trial.run { pass, copy in
            pass.multiply(matrix, x, tokens: tokens, into: product.views[copy])
        } measure: {
            Measurement(actual: trial.values(product).map(\.bitPattern), expected: expected.map(\.bitPattern)) {
                Double(Float(bitPattern: $0))
            }
        }
    }

    static let embedding = check("Embedding", "(\(rows), \(columns)) 205 MB") { trial in
        let ids = [0, 2_097_151, 2_097_152, rows - 1, 2_097_120, 31, rows, 1_234_567]
        let expected = ids.flatMap { id in
            (0..<columns).map { id < rows ? value(id, $0).bitPattern : Trial.poison }
        }
        let tokens = trial.input(ids.map { UInt32($0) })
        let embedding = trial.output(Float.self, count: expected.count)
        let matrix = try matrix(trial)
        try trial.run { pass, copy in
            pass.embedding(matrix, tokens, into: embedding.views[copy])
        } measure: {
            Measurement(actual: trial.values(embedding).map(\.bitPattern), expected: expected) {
                Double(Float(bitPattern: $0))
            }
        }
    }
}
