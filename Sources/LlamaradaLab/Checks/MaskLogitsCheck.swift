import Llamarada

extension Checks {
    static let maskLogits: [CheckCase] =
        [(1, 1), (2, 31), (3, 32), (7, 33), (8, 255), (9, 257), (5, 32_000), (3, 49_152)].map { rows, columns in
            maskLogitsCase("(\(rows), \(columns))", rows: rows, columns: columns) { _ in }
        } + [
            maskLogitsCase("(9, 257) extremes", rows: 9, columns: 257) { logits in
                let values: [Float] = [
                    .nan, .infinity, -.infinity, -.greatestFiniteMagnitude, .greatestFiniteMagnitude, 0, -0.0, 0x1p-126,
                ]
                for index in logits.indices { logits[index] = values[index % values.count] }
            }
        ]

    private static func maskLogitsCase(
        _ shape: String, rows: Int, columns: Int, _ change: @escaping @Sendable (inout [Float]) -> Void
    ) -> CheckCase {
        CheckCase(operation: "MaskLogits", variant: "", shape: shape, bound: .identical) { trial in
            var random = trial.random
            var values = random.floats(rows * columns, scale: 10)
            change(&values)
            // Every third row has no mask; one mask allows nothing, one all.
            let masks: [[UInt32]?] = (0..<rows).map { row in
                guard row % 3 != 2 else { return nil }
                return (0..<(columns + 31) / 32).map { _ in
                    row == 3 ? 0 : row == 4 ? .max : UInt32(truncatingIfNeeded: random.index(below: 1 << 32))
                }
            }
            let expected = (0..<rows).flatMap { row in
                var logits = Array(values[row * columns..<(row + 1) * columns])
                if let mask = masks[row] { Reference.maskLogits(&logits, mask) }
                return logits
            }
            let words = trial.input(maskWords(masks, columns))
            let logits = trial.output(Float.self, count: values.count, initial: values)
            try trial.run { pass, copy in
                pass.maskLogits(logits.views[copy], masks: words, rows: rows)
            } measure: {
                Measurement(
                    actual: trial.values(logits).map(\.bitPattern), expected: expected.map(\.bitPattern)
                ) { Double(Float(bitPattern: $0)) }
            }
        }
    }

    /// Rows as the kernel reads them; where there is no mask, words that would forbid half.
    private static func maskWords(_ masks: [[UInt32]?], _ columns: Int) -> [UInt32] {
        let count = TokenMask.rowWords(vocabulary: columns)
        var words = [UInt32](repeating: 0xAAAA_AAAA, count: masks.count * count)
        words.withUnsafeMutableBufferPointer { words in
            for (row, mask) in masks.enumerated() {
                let range = row * count..<(row + 1) * count
                TokenMask.write(mask, to: UnsafeMutableBufferPointer(rebasing: words[range]))
            }
        }
        return words
    }
}
