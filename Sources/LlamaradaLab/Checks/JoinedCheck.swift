import Llamarada
import LlamaradaDevice
import LlamaradaTensors

/// Products with joined matrices: bit for bit those with each alone, and nothing between them.
enum JoinedCheck {
    /// Rows of the joined matrices: with and without gaps, the first beyond a shard of 128 rows, two and three of them.
    private static let rows = [[130, 33, 70], [31, 65], [64, 64, 1]]

    /// The cases of "MatVec" for one token, else of "MatMul".
    static func cases(_ type: ElementType, tokens: Int) -> [CheckCase] {
        rows.map { joinedCase(type, rows: $0, tokens: tokens) }
            + [joinedCase(type, rows: rows[0], tokens: tokens, shards: true)]
    }

    private static func joinedCase(
        _ type: ElementType, rows: [Int], tokens: Int, shards: Bool = false
    ) -> CheckCase {
        let columns = type.wholeBlocks(96)
        let shape = "(\(rows.map(String.init).joined(separator: " | ")), \(columns))"
        return CheckCase(
            operation: tokens == 1 ? "MatVec" : "MatMul", variant: type.name,
            shape: shape + (tokens == 1 ? "" : " × \(tokens)") + " joined" + (shards ? " in shards" : ""),
            bound: .identical
        ) { trial in
            var random = trial.random
            let weights = rows.map { random.weights(type, rows: $0, columns: columns) }
            let x = trial.input(random.floats(tokens * columns))
            let joined = try trial.matrix(
                joining: weights,
                shardByteCount: shards ? WeightLayout(type, rows: 128, columns: columns).byteCount : .max)
            let alone = try weights.map { try trial.matrix($0) }
            let expected = rows.map { trial.output(Float.self, count: tokens * $0) }
            // Of one token the products follow one another in one buffer, of several each has its own.
            let found = (tokens == 1 ? [joined.rows] : rows).map { trial.output(Float.self, count: tokens * $0) }
            try trial.run { pass, copy in
                let products = found.map { $0.views[copy] }
                pass.multiply(
                    joined: joined, x, tokens: tokens, into: tokens == 1 ? joined.split(products[0]) : products)
                for (matrix, product) in zip(alone, expected) {
                    pass.multiply(matrix, x, tokens: tokens, into: product.views[copy])
                }
            } measure: {
                measurement(
                    found.map { trial.values($0) }, expected.map { trial.values($0) },
                    parts: tokens == 1 ? joined.parts : nil)
            }
        }
    }

    /// - Parameter parts: where in the one result each matrix's products are; nil where each has its own result.
    private static func measurement(_ found: [[Float]], _ alone: [[Float]], parts: [Range<Int>]?) -> Measurement {
        var expected = alone.joined().map(\.bitPattern)
        if let parts {
            expected = [UInt32](repeating: Trial.poison, count: found[0].count)
            for (rows, products) in zip(parts, alone) {
                expected.replaceSubrange(rows, with: products.map(\.bitPattern))
            }
        }
        var measurement = Measurement(actual: found.joined().map(\.bitPattern), expected: expected) {
            Double(Float(bitPattern: $0))
        }
        measurement.unwrittenCount += alone.joined().count { $0.bitPattern == Trial.poison }
        return measurement
    }
}
