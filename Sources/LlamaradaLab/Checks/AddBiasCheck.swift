import Llamarada

extension Checks {
    static let addBias: [CheckCase] =
        [(1, 1), (2, 31), (7, 33), (1, 255), (9, 257), (33, 576), (1, 4096)].map { rows, columns in
            addBiasCase(rows: rows, columns: columns)
        }

    private static func addBiasCase(rows: Int, columns: Int) -> CheckCase {
        CheckCase(operation: "AddBias", variant: "", shape: "(\(rows), \(columns))", bound: .pointwise) { trial in
            var random = trial.random
            var (values, bias) = (random.floats(rows * columns), random.floats(columns))
            if columns > 2 { (values[1], bias[1], values[2], bias[2]) = (1e5, -1e5, 7e5, 1e-3) }
            let expected = values.indices.map { Double(values[$0]) + Double(bias[$0 % columns]) }
            let added = trial.input(bias)
            let x = trial.output(Float.self, count: values.count, initial: values)
            try trial.run { pass, copy in
                pass.addBias(x.views[copy], added)
            } measure: {
                Measurement(actual: trial.values(x), expected: expected, magnitudes: expected.map(abs))
            }
        }
    }
}
