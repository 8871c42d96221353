import Llamarada

extension Checks {
    static let swiGLU: [CheckCase] =
        [1, 31, 33, 255, 257, 576, 1536, 4096, 11008, 33 * 1536].map { swiGLUCase(count: $0) } + [
            swiGLUCase(count: 577, inPlace: true), swiGLUCase(count: 257, outliers: true),
        ]

    private static func swiGLUCase(count: Int, inPlace: Bool = false, outliers: Bool = false) -> CheckCase {
        CheckCase(
            operation: "SwiGLU", variant: "",
            shape: "(\(count))" + (inPlace ? " in place" : "") + (outliers ? " outliers" : ""), bound: .pointwise
        ) { trial in
            var random = trial.random
            var (gates, ups) = (random.floats(count, scale: 8), random.floats(count, scale: 8))
            if outliers {
                // Far into both ends of the sigmoid, where exp overflows or vanishes.
                let extremes: [Float] = [-1e5, -89, -88, -80, -79, -30, -1e-6, 0, 1e-6, 30, 88, 89, 1e5, -3e38]
                for (index, gate) in extremes.enumerated() {
                    (gates[index], ups[index]) = (gate, index % 2 == 0 ? 1 : -3)
                }
                (gates[20], ups[20]) = (7e5, 7e5)
            }
            let expected = Reference.swiGLU(
                gate: Matrix(rows: 1, columns: count, values: gates), up: Matrix(rows: 1, columns: count, values: ups)
            ).values.map(Double.init)
            // Below a gate of -80 the kernel's sigmoid stays at e⁻⁸⁰ instead of vanishing.
            let magnitudes = expected.indices.map {
                abs(expected[$0]) + 2e-30 * abs(Double(gates[$0]) * Double(ups[$0])) / 1e-5
            }
            let (gate, up) = (trial.input(gates), trial.input(ups))
            let gated = trial.output(Float.self, count: count, initial: inPlace ? gates : nil)
            try trial.run { pass, copy in
                pass.swiGLU(gate: inPlace ? gated.views[copy] : gate, up: up, into: gated.views[copy])
            } measure: {
                Measurement(actual: trial.values(gated), expected: expected, magnitudes: magnitudes)
            }
        }
    }
}
