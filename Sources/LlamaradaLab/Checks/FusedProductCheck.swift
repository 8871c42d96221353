import Llamarada
import LlamaradaDevice
import LlamaradaTensors

/// Products that are added or gated before they are written: bit for bit what the plain kernels give one after the other.
enum FusedProductCheck {
    enum Fusion: String, CaseIterable, Sendable {
        case added, silu, gelu, normedSilu, normedGelu

        var gate: Architecture.Gate { self == .gelu || self == .normedGelu ? .gelu : .silu }
        var isNormed: Bool { self == .normedSilu || self == .normedGelu }
    }

    /// Those of "MatVec", or of "RMSNormMatVec". What becomes of a product does not depend on the type of its weights: each
    /// type has one case a fusion, three have all, for every case is a pipeline that drivers take a while to compile.
    static func cases(_ type: ElementType, normed: Bool) -> [CheckCase] {
        let fusions = Fusion.allCases.filter { $0.isNormed == normed }
        guard [.f32, .q4_0, .q6_K].contains(type) else {
            return fusions.filter { $0.gate == .silu }.map {
                check($0, type, rows: 67, columns: type.wholeBlocks(161), count: 1)
            }
        }
        return fusions.flatMap { fusion in
            [
                check(fusion, type, rows: 67, columns: type.wholeBlocks(161), count: 1),
                check(fusion, type, rows: 129, columns: type.wholeBlocks(96), count: 3),
                check(fusion, type, rows: 1, columns: type.wholeBlocks(1), count: 2),
            ]
        }
    }

    private static func check(
        _ fusion: Fusion, _ type: ElementType, rows: Int, columns: Int, count: Int
    ) -> CheckCase {
        CheckCase(
            operation: fusion.isNormed ? "RMSNormMatVec" : "MatVec", variant: type.name,
            shape: "(\(rows), \(columns)) × \(count) \(fusion.rawValue)", bound: .identical
        ) { trial in
            var random = trial.random
            let weights = (0..<2).map { _ in random.weights(type, rows: rows, columns: columns, .plain) }
            let x = trial.input(random.floats(count * columns))
            let norm = trial.input(random.floats(columns).map { 1 + $0 / 5 })
            let residuals = random.floats(count * rows)
            let alone = try weights.map { try trial.matrix($0) }
            let joined = try trial.matrix(joining: weights)
            // Sums take the place of what they are added to, as in a decoder.
            let initial = fusion == .added ? residuals : nil
            let found = trial.output(Float.self, count: count * rows, initial: initial)
            let expected = trial.output(Float.self, count: count * rows, initial: initial)
            let products = weights.map { _ in trial.output(Float.self, count: count * rows) }
            try trial.run { pass, copy in
                let (one, both) = (found.views[copy], products.map { $0.views[copy] })
                appendFused(fusion, alone[0], joined, x, norm, count: count, into: one, to: &pass)
                for (matrix, product) in zip(alone, both) {
                    if fusion.isNormed {
                        pass.rmsNormMatVec(matrix, x, norm: norm, epsilon: 1e-5, count: count, into: product)
                    } else {
                        pass.matVec(matrix, x, count: count, into: product)
                    }
                }
                let result = expected.views[copy]
                switch fusion {
                case .added: pass.add(result, both[0], into: result)
                case .silu, .normedSilu: pass.swiGLU(gate: both[0], up: both[1], into: result)
                case .gelu, .normedGelu: pass.geGLU(gate: both[0], up: both[1], into: result)
                }
            } measure: {
                Measurement(
                    actual: trial.values(found).map(\.bitPattern), expected: trial.values(expected).map(\.bitPattern)
                ) { Double(Float(bitPattern: $0)) }
            }
        }
    }

    private static func appendFused(
        _ fusion: Fusion, _ matrix: WeightMatrix, _ joined: WeightMatrix, _ x: View<Float>, _ norm: View<Float>,
        count: Int, into result: View<Float>, to pass: inout Pass
    ) {
        switch fusion {
        case .added: pass.matVec(matrix, x, addedTo: result, count: count, into: result)
        case .silu, .gelu: pass.gatedMatVec(joined, x, fusion.gate, count: count, into: result)
        case .normedSilu, .normedGelu:
            pass.rmsNormGatedMatVec(
                joined, x, norm: norm, epsilon: 1e-5, fusion.gate, count: count, into: result)
        }
    }
}
