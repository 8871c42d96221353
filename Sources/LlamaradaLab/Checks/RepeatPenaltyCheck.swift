import Llamarada

extension Checks {
    static let repeatPenalty: [CheckCase] =
        [(1, 1), (2, 31), (7, 33), (8, 255), (9, 257), (12, 576), (5, 32_000), (3, 49_152)].map { rows, columns in
            repeatPenaltyCase("(\(rows), \(columns))", rows: rows, columns: columns) { _ in }
        } + [
            repeatPenaltyCase("(9, 257) by 0.7", rows: 9, columns: 257, penalty: 0.7) { _ in },
            repeatPenaltyCase("(9, 33) by the smallest", rows: 9, columns: 33, penalty: .leastNonzeroMagnitude) { _ in
            },
            repeatPenaltyCase("(9, 33) extremes", rows: 9, columns: 33, penalty: 3) { logits in
                let values: [Float] = [
                    .nan, .infinity, -.infinity, -.greatestFiniteMagnitude, .greatestFiniteMagnitude, 0, -0.0,
                    0x1p-149, -0x1p-127, 0x1p-126, -0x1p-126,
                ]
                for index in logits.indices { logits[index] = values[index % values.count] }
            },
        ]

    private static func repeatPenaltyCase(
        _ shape: String, rows: Int, columns: Int, penalty: Float = 1.3,
        _ change: @escaping @Sendable (inout [Float]) -> Void
    ) -> CheckCase {
        CheckCase(operation: "RepeatPenalty", variant: "", shape: shape, bound: .identical) { trial in
            var random = trial.random
            var values = random.floats(rows * columns, scale: 10)
            change(&values)
            var parameters = [SamplerRow](
                repeating: SamplerRow(SamplingOptions(repeatPenalty: penalty), uniform: 0), count: rows)
            for row in stride(from: 4, to: rows, by: 5) { parameters[row].mode = SamplerRow.modeNone }
            let recent = (0..<rows).map { row in
                // Full rows, short ones and empty ones; two tokens may lie outside.
                random.tokens([RecentTokens.capacity, 3, 0][row % 3], below: columns + 2)
            }
            let expected = penalized(values, recent, parameters)
            let (lists, rowsOfParameters) = (trial.input(words(recent)), trial.input(parameters))
            let logits = trial.output(Float.self, count: values.count, initial: values)
            try trial.run { pass, copy in
                pass.repeatPenalty(logits.views[copy], recent: lists, parameters: rowsOfParameters)
            } measure: {
                Measurement(
                    actual: trial.values(logits).map(\.bitPattern), expected: expected.map(\.bitPattern)
                ) { Double(Float(bitPattern: $0)) }
            }
        }
    }

    private static func penalized(
        _ values: [Float], _ recent: [[UInt32]], _ parameters: [SamplerRow]
    ) -> [Float] {
        let columns = values.count / parameters.count
        return parameters.indices.flatMap { row in
            var logits = Array(values[row * columns..<(row + 1) * columns])
            if parameters[row].mode != SamplerRow.modeNone {
                Reference.repeatPenalty(&logits, recent: recent[row], parameters[row])
            }
            return logits
        }
    }

    /// Rows as the kernel reads them; behind each stand zeros, which would be token 0.
    private static func words(_ rows: [[UInt32]]) -> [UInt32] {
        var words = [UInt32](repeating: 0, count: rows.count * RecentTokens.rowWords)
        words.withUnsafeMutableBufferPointer { words in
            for (row, tokens) in rows.enumerated() {
                let range = row * RecentTokens.rowWords..<(row + 1) * RecentTokens.rowWords
                RecentTokens.write(tokens, to: UnsafeMutableBufferPointer(rebasing: words[range]))
            }
        }
        return words
    }
}

extension CheckRandom {
    /// Up to `count` distinct tokens.
    fileprivate mutating func tokens(_ count: Int, below bound: Int) -> [UInt32] {
        Set((0..<count).map { _ in UInt32(index(below: bound)) }).sorted()
    }
}
