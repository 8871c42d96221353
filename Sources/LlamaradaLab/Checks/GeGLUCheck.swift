import Llamarada

extension Checks {
    static let geGLU: [CheckCase] =
        [1, 31, 33, 255, 257, 640, 2048, 11008, 33 * 2048].map { geGLUCase(count: $0) } + [
            geGLUCase(count: 577, inPlace: true), geGLUCase(count: 257, outliers: true),
        ]

    private static func geGLUCase(count: Int, inPlace: Bool = false, outliers: Bool = false) -> CheckCase {
        CheckCase(
            operation: "GeGLU", variant: "",
            shape: "(\(count))" + (inPlace ? " in place" : "") + (outliers ? " outliers" : ""), bound: .pointwise
        ) { trial in
            var random = trial.random
            var (gates, ups) = (random.floats(count, scale: 4), random.floats(count, scale: 8))
            if outliers {
                // Far into both ends, where exp overflows or vanishes and cubes leave f32.
                let extremes: [Float] = [-1e5, -13, -12, -10, -9.6, -7, -1e-6, 0, 1e-6, 7, 12, 13, 1e5, -3e38, 3e38]
                for (index, gate) in extremes.enumerated() {
                    (gates[index], ups[index]) = (gate, index % 2 == 0 ? 1 : -0.5)
                }
                (gates[20], ups[20]) = (7e5, 7e5)
            }
            let expected = Reference.geGLU(
                gate: Matrix(rows: 1, columns: count, values: gates), up: Matrix(rows: 1, columns: count, values: ups)
            ).values.map(Double.init)
            let magnitudes = expected.indices.map {
                geGLUMagnitude(gate: gates[$0], up: ups[$0], result: expected[$0])
            }
            let (gate, up) = (trial.input(gates), trial.input(ups))
            let gated = trial.output(Float.self, count: count, initial: inPlace ? gates : nil)
            try trial.run { pass, copy in
                pass.geGLU(gate: inPlace ? gated.views[copy] : gate, up: up, into: gated.views[copy])
            } measure: {
                Measurement(actual: trial.values(gated), expected: expected, magnitudes: magnitudes)
            }
        }
    }

    /// What an error of the gated product is measured by.
    ///
    /// The sigmoid's argument has a few roundings, each of which changes the result by its own size times 2⁻²⁴ where
    /// the sigmoid is small; below -80 the kernel's sigmoid stays at e⁻⁸⁰ instead of vanishing.
    static func geGLUMagnitude(gate: Float, up: Float, result: Double) -> Double {
        let x = Double(gate)
        let argument = 1.6 * abs(x) * (1 + 0.045 * x * x)
        return abs(result) * (1 + min(80, argument) / 16) + 2e-25 * abs(x * Double(up))
    }
}
