import Llamarada
import LlamaradaDevice
import LlamaradaTensors

/// Products with joined matrices: bit for bit those with each alone, and nothing between them.
enum JoinedCheck {
    /// Which kernel computes.
    enum Kernel: String, Sendable {
        /// All matrices at once.
        case matVec = "MatVec"
        case rmsNormMatVec = "RMSNormMatVec"
        /// Each as a part of what they are joined to.
        case matVecOfParts = "MatVec of parts"
        case matMulOfParts = "MatMul of parts"

        var operation: String { self == .matMulOfParts ? "MatMul" : self == .rmsNormMatVec ? rawValue : "MatVec" }
        var tokens: Int { self == .matMulOfParts ? 9 : 3 }
    }

    /// Rows of the joined matrices: with and without gaps, two and three of them.
    private static let rows = [[130, 33, 70], [31, 65], [64, 64, 1]]

    static func cases(_ kernel: Kernel, _ type: ElementType) -> [CheckCase] {
        rows.map { joinedCase(kernel, type, rows: $0, tokens: kernel.tokens) }
            + (kernel == .matVec ? [joinedCase(kernel, type, rows: rows[0], tokens: 1)] : [])
    }

    private static func joinedCase(_ kernel: Kernel, _ type: ElementType, rows: [Int], tokens: Int) -> CheckCase {
        let columns = type.wholeBlocks(96)
        let shape = "(\(rows.map(String.init).joined(separator: " | ")), \(columns)) × \(tokens)"
        return CheckCase(
            operation: kernel.operation, variant: type.name, shape: "\(shape) joined, \(kernel.rawValue)",
            bound: .identical
        ) { trial in
            var random = trial.random
            let weights = rows.map { random.weights(type, rows: $0, columns: columns) }
            let x = trial.input(random.floats(tokens * columns))
            let norm = trial.input(random.floats(columns).map { 1 + $0 / 5 })
            let joined = try trial.matrix(joining: weights)
            let alone = try weights.map { try trial.matrix($0) }
            let expected = rows.map { trial.output(Float.self, count: tokens * $0) }
            let found = rows.map { trial.output(Float.self, count: tokens * $0) }
            try trial.run { pass, copy in
                append(kernel, joined, x, norm, count: tokens, into: found.map { $0.views[copy] }, to: &pass)
                for (matrix, product) in zip(alone, expected) {
                    append(kernel, matrix, x, norm, count: tokens, into: [product.views[copy]], to: &pass)
                }
            } measure: {
                let actual = found.flatMap { trial.values($0) }.map(\.bitPattern)
                return Measurement(actual: actual, expected: expected.flatMap { trial.values($0) }.map(\.bitPattern)) {
                    Double(Float(bitPattern: $0))
                }
            }
        }
    }

    private static func append(
        _ kernel: Kernel, _ weights: WeightMatrix, _ x: View<Float>, _ norm: View<Float>, count: Int,
        into products: [View<Float>], to pass: inout Pass
    ) {
        let parts = products.count == 1 ? [weights] : products.indices.map { weights.part($0) }
        switch kernel {
        case .matVec: pass.matVec(joined: weights, x, count: count, into: products)
        case .rmsNormMatVec:
            pass.rmsNormMatVec(joined: weights, x, norm: norm, epsilon: 1e-5, count: count, into: products)
        case .matVecOfParts:
            for (part, product) in zip(parts, products) { pass.matVec(part, x, count: count, into: product) }
        case .matMulOfParts:
            for (part, product) in zip(parts, products) { pass.matMul(part, x, tokens: count, into: product) }
        }
    }
}
