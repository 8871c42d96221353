import Llamarada
import LlamaradaDevice

extension Checks {
    static let rmsNorm: [CheckCase] =
        [
            (1, 1), (7, 31), (9, 33), (2, 255), (8, 257), (33, 576), (2, 1536), (1, 4096), (2, 11008),
            // More workgroups than an axis of a grid has.
            (65_537, 2),
        ].map { rmsNormCase(rows: $0, columns: $1) } + [
            rmsNormCase(rows: 9, columns: 576, inPlace: true), rmsNormCase(rows: 9, columns: 576, outliers: true),
        ]

    private static func rmsNormCase(
        rows: Int, columns: Int, inPlace: Bool = false, outliers: Bool = false
    ) -> CheckCase {
        CheckCase(
            operation: "RMSNorm", variant: "",
            shape: "(\(rows), \(columns))" + (inPlace ? " in place" : "") + (outliers ? " outliers" : ""),
            bound: .pointwise, dependsOnTuning: rows <= Grid.axisLimit
        ) { trial in
            var random = trial.random
            var values = random.floats(rows * columns)
            if outliers {
                // One row of zeros, where ε alone decides, and activations as large as a Llama model's.
                for index in 0..<columns { values[index] = 0 }
                for row in stride(from: 1, to: rows, by: 3) { values[row * columns + row] = 7e5 }
            }
            let scales = random.floats(columns).map { 1 + 0.2 * $0 }
            let expected = Reference.rmsNorm(
                Matrix(rows: rows, columns: columns, values: values), weight: scales, epsilon: 1e-5
            ).values.map(Double.init)
            let (x, weight) = (trial.input(values), trial.input(scales))
            let normed = trial.output(Float.self, count: rows * columns, initial: inPlace ? values : nil)
            try trial.run { pass, copy in
                pass.rmsNorm(inPlace ? normed.views[copy] : x, weight, into: normed.views[copy], epsilon: 1e-5)
            } measure: {
                Measurement(actual: trial.values(normed), expected: expected, magnitudes: expected.map(abs))
            }
        }
    }
}
