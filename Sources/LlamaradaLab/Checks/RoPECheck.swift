import Llamarada
import LlamaradaDevice

extension Checks {
    static let rope: [CheckCase] =
        [
            ropeCase(tokens: 1, heads: 1, headDim: 2), ropeCase(tokens: 7, heads: 3, headDim: 10),
            ropeCase(tokens: 2, heads: 5, headDim: 12), ropeCase(tokens: 1, heads: 9, headDim: 64),
            ropeCase(tokens: 33, heads: 3, headDim: 64), ropeCase(tokens: 8, heads: 32, headDim: 128),
            ropeCase(tokens: 9, heads: 2, headDim: 128, position: 4000, base: 500_000),
            ropeCase(tokens: 9, heads: 3, headDim: 12, pairs: 4), ropeCase(tokens: 3, heads: 2, headDim: 64, pairs: 16),
            ropeCase(tokens: 1, heads: 1, headDim: 2, pairing: .halves),
            ropeCase(tokens: 7, heads: 3, headDim: 10, pairing: .halves),
            ropeCase(tokens: 33, heads: 3, headDim: 64, pairing: .halves),
            ropeCase(tokens: 9, heads: 2, headDim: 128, position: 4000, base: 1_000_000, pairing: .halves),
            ropeCase(tokens: 9, heads: 3, headDim: 12, pairs: 4, pairing: .halves),
        ]

    private static func ropeCase(
        tokens: Int, heads: Int, headDim: Int, pairs: Int? = nil, position: Int = 3, base: Double = 10_000,
        pairing: RoPEPairing = .neighbours
    ) -> CheckCase {
        let pairs = pairs ?? headDim / 2
        return CheckCase(
            operation: "RoPE", variant: "",
            shape: "(\(tokens), \(heads), \(headDim)) @ \(position)" + (2 * pairs < headDim ? ", \(pairs) pairs" : "")
                + (pairing == .halves ? " halves" : ""),
            bound: .pointwise
        ) { trial in
            var random = trial.random
            let values = random.floats(tokens * heads * headDim, scale: 4)
            // Not in order: the kernel must take each token's own position.
            let places = (0..<tokens).map { position + ($0 * 5) % tokens }
            let angles = RoPETable(positionCount: position + tokens, dimensionCount: 2 * pairs, base: base)
            let matrix = Matrix(rows: tokens, columns: heads * headDim, values: values)
            let expected = Reference.rope(
                matrix, headDim: headDim, positions: places, table: angles, pairing: pairing)
            let magnitudes = magnitudes(values, headDim: headDim, pairs: pairs, pairing)
            let table = trial.input(angles.values).bound(to: SIMD2<Float>.self)
            let positions = trial.input(places.map { UInt32($0) })
            let x = trial.output(Float.self, count: values.count, initial: values)
            try trial.run { pass, copy in
                pass.rope(
                    x.views[copy], table, positions: positions, heads: heads, headDim: headDim, pairs: pairs,
                    pairing: pairing)
            } measure: {
                Measurement(
                    actual: trial.values(x), expected: expected.values.map(Double.init), magnitudes: magnitudes)
            }
        }
    }

    /// |a| + |b| for a rotated pair, |a| beyond.
    private static func magnitudes(
        _ values: [Float], headDim: Int, pairs: Int, _ pairing: RoPEPairing
    ) -> [Double] {
        values.indices.map { index in
            let own = abs(Double(values[index]))
            let place = index % headDim
            guard place < 2 * pairs else { return own }
            let other = pairing == .neighbours ? index ^ 1 : place < pairs ? index + pairs : index - pairs
            return own + abs(Double(values[other]))
        }
    }
}
