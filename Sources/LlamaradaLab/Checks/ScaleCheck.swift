import Llamarada

extension Checks {
    static let scale: [CheckCase] =
        [1, 31, 33, 255, 257, 640, 33 * 640].map { scaleCase(count: $0, by: 25.298221) }
        + [scaleCase(count: 257, by: 1), scaleCase(count: 257, by: -0.22)]

    private static func scaleCase(count: Int, by factor: Float) -> CheckCase {
        CheckCase(operation: "Scale", variant: "", shape: "(\(count)) × \(factor)", bound: .pointwise) { trial in
            var random = trial.random
            var values = random.floats(count)
            values[0] = 7e5
            let expected = values.map { Double($0) * Double(factor) }
            let x = trial.output(Float.self, count: count, initial: values)
            try trial.run { pass, copy in
                pass.scale(x.views[copy], by: factor)
            } measure: {
                Measurement(actual: trial.values(x), expected: expected, magnitudes: expected.map(abs))
            }
        }
    }
}
