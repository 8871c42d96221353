import Llamarada
import LlamaradaDevice

extension Checks {
    static let argmax: [CheckCase] =
        [
            (1, 1), (2, 31), (7, 33), (8, 255), (9, 257), (2, 576), (1, 32_000), (2, 49_152), (65_537, 3),
        ].map { rows, columns in argmaxCase("(\(rows), \(columns))", rows: rows, columns: columns) { _ in } } + [
            argmaxCase("(3, 5000) ties", rows: 3, columns: 5000) { logits in
                for index in [40, 39, 4999, 5000 + 3000, 5000 + 3001, 10_000 + 4998, 10_000 + 4999] {
                    logits[index] = 50
                }
            },
            argmaxCase("(2, 5000) one NaN", rows: 2, columns: 5000) { $0[9999] = .nan },
            argmaxCase("(3, 257) all equal", rows: 3, columns: 257) {
                $0.replaceSubrange(0..., with: [Float](repeating: -2, count: 771))
            },
            argmaxCase("(3, 257) ties", rows: 3, columns: 257) { logits in
                for index in [40, 39, 200, 257 + 256, 257 + 8, 514 + 255, 514 + 256] { logits[index] = 5 }
            },
            argmaxCase("(3, 257) with NaN", rows: 3, columns: 257) { logits in
                for index in stride(from: 0, to: logits.count, by: 3) { logits[index] = .nan }
                for index in 514..<771 { logits[index] = .nan }
            },
            argmaxCase("(4, 257) one NaN", rows: 4, columns: 257) { logits in
                for (row, column) in [(0, 0), (2, 256), (3, 131)] { logits[row * 257 + column] = .nan }
            },
            argmaxCase("(3, 257) extremes", rows: 3, columns: 257) { logits in
                for index in 0..<257 { logits[index] = -.greatestFiniteMagnitude }
                logits[257 + 250] = .greatestFiniteMagnitude
                logits[514 + 9] = 0x1p-149
            },
            argmaxCase("(4, 33) with infinities", rows: 4, columns: 33) { logits in
                logits[20] = .infinity
                logits[21] = .infinity
                for index in 33..<66 { logits[index] = -.infinity }
                for index in 66..<98 { logits[index] = -.infinity }
                logits[98] = -.greatestFiniteMagnitude
                for index in 99..<132 { logits[index] = -1e30 * Float(index) }
            },
        ]

    private static func argmaxCase(
        _ shape: String, rows: Int, columns: Int, _ change: @escaping @Sendable (inout [Float]) -> Void
    ) -> CheckCase {
        CheckCase(
            operation: "Argmax", variant: "", shape: shape, bound: .identical, dependsOnTuning: rows <= Grid.axisLimit
        ) { trial in
            var random = trial.random
            var values = random.floats(rows * columns, scale: 10)
            change(&values)
            let expected = (0..<rows).map { Reference.chosenToken(Array(values[$0 * columns..<($0 + 1) * columns])) }
            let logits = trial.input(values)
            let parts = trial.output(UInt32.self, count: rows * (columns < 256 ? 1 : KernelTuning.mostParts))
            let best = trial.output(UInt32.self, count: rows)
            try trial.run { pass, copy in
                pass.argmax(logits, parts: parts.views[copy], into: best.views[copy])
            } measure: {
                Measurement(actual: trial.values(best), expected: expected) { Double($0) }
            }
        }
    }
}
