import Llamarada

extension Checks {
    static let add: [CheckCase] =
        [1, 31, 33, 255, 257, 576, 1536, 4096, 11008, 33 * 576].map { addCase(count: $0) } + [
            addCase(count: 577, inPlace: true),
            // More workgroups of 64 than an axis of a grid has.
            addCase(count: 64 * 65_535 + 1, isLarge: true),
        ]

    private static func addCase(count: Int, inPlace: Bool = false, isLarge: Bool = false) -> CheckCase {
        CheckCase(
            operation: "Add", variant: "", shape: "(\(count))" + (inPlace ? " in place" : ""), bound: .pointwise,
            isLarge: isLarge
        ) { trial in
            var random = trial.random
            var (left, right) = (random.floats(count), random.floats(count))
            if count > 2 { (left[1], right[1], left[2], right[2]) = (1e5, -1e5, 7e5, 1e-3) }
            let expected = zip(left, right).map { Double($0) + Double($1) }
            let (a, b) = (trial.input(left), trial.input(right))
            let sum = trial.output(Float.self, count: count, initial: inPlace ? left : nil)
            try trial.run { pass, copy in
                pass.add(inPlace ? sum.views[copy] : a, b, into: sum.views[copy])
            } measure: {
                Measurement(actual: trial.values(sum), expected: expected, magnitudes: expected.map(abs))
            }
        }
    }
}
