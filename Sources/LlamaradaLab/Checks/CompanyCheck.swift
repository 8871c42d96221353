import Llamarada
import LlamaradaDevice
import LlamaradaTensors

/// Products of many tokens at once, bit for bit against those of each token alone: what a row gives must not depend on
/// the rows beside it.
enum CompanyCheck {
    /// Which kernel computes.
    enum Kernel: String, Sendable {
        case matVec = "MatVec"
        case rmsNormMatVec = "RMSNormMatVec"
        case matMul = "MatMul"
        /// Decoding rows by MatVec before prompt rows by MatMul.
        case mixed = "MatMul behind MatVec"
    }

    /// Decoding rows of the mixed case.
    private static let decoding = 3

    /// The cases of a kernel for a type.
    static func cases(_ kernel: Kernel, _ type: ElementType) -> [CheckCase] {
        let counts =
            switch kernel {
            case .matVec, .matMul: [2, 3, 4, 5, 7, 8, 9, 17]
            case .rmsNormMatVec: [2, 5, 8]
            case .mixed: [4, 12]
            }
        let small = counts.map { check(kernel, type, rows: 67, columns: type.wholeBlocks(161), count: $0) }
        return small + [
            check(kernel, type, rows: 576, columns: type.wholeBlocks(1536), count: 8),
            check(kernel, type, rows: 257, columns: type.wholeBlocks(96), count: 6, shards: true),
        ]
    }

    private static func check(
        _ kernel: Kernel, _ type: ElementType, rows: Int, columns: Int, count: Int, shards: Bool = false
    ) -> CheckCase {
        CheckCase(
            operation: kernel == .mixed ? "MatMul" : kernel.rawValue, variant: type.name,
            shape: "(\(rows), \(columns)) × \(count) as alone" + (shards ? " in shards" : "")
                + (kernel == .mixed ? " behind MatVec" : ""),
            bound: .identical
        ) { trial in
            var random = trial.random
            let weights = random.weights(type, rows: rows, columns: columns, .plain)
            let x = trial.input(random.floats(count * columns))
            // Neighbours of a token whose products are computed alone must not show either.
            let norm = trial.input(random.floats(columns).map { 1 + $0 / 5 })
            let matrix = try trial.matrix(weights, shardByteCount: shards ? LargeWeights.shardByteCount(weights) : .max)
            let together = trial.output(Float.self, count: count * rows)
            // Each in a buffer of its own, so that its first element lies where bindings may begin.
            let inputs = (0..<count).map { _ in trial.output(Float.self, count: columns) }
            let alone = (0..<count).map { _ in trial.output(Float.self, count: rows) }
            try trial.run { pass, copy in
                append(kernel, matrix, x, norm, count: count, into: together.views[copy], to: &pass)
                for token in 0..<count {
                    let input = inputs[token].views[copy]
                    pass.copy(x[token * columns..<(token + 1) * columns], to: input)
                    let single = kernel == .mixed ? (token < decoding ? .matVec : .matMul) : kernel
                    append(single, matrix, input, norm, count: 1, into: alone[token].views[copy], to: &pass)
                }
            } measure: {
                Measurement(
                    actual: trial.values(together).map(\.bitPattern),
                    expected: alone.flatMap { trial.values($0) }.map(\.bitPattern)
                ) { Double(Float(bitPattern: $0)) }
            }
        }
    }

    private static func append(
        _ kernel: Kernel, _ matrix: WeightMatrix, _ x: View<Float>, _ norm: View<Float>, count: Int,
        into product: View<Float>, to pass: inout Pass
    ) {
        switch kernel {
        case .matVec: pass.matVec(matrix, x, count: count, into: product)
        case .rmsNormMatVec:
            pass.rmsNormMatVec(matrix, x, norm: norm, epsilon: 1e-5, count: count, into: product)
        case .matMul: pass.matMul(matrix, x, rows: 0..<count, into: product)
        case .mixed: pass.multiply(matrix, x, decoding: decoding, of: count, into: product)
        }
    }
}
