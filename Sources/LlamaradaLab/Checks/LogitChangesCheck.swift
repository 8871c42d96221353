import Llamarada

extension Checks {
    static let logitChanges: [CheckCase] =
        [(1, 1), (2, 31), (7, 33), (8, 255), (9, 257), (12, 576), (5, 32_000), (3, 49_152)].map { rows, columns in
            logitChangesCase("(\(rows), \(columns))", rows: rows, columns: columns) { _ in }
        } + [
            logitChangesCase("(9, 257) by 0.7", rows: 9, columns: 257, penalty: 0.7) { _ in },
            logitChangesCase("(9, 33) by the smallest", rows: 9, columns: 33, penalty: .leastNonzeroMagnitude) { _ in },
            logitChangesCase("(9, 33) extremes", rows: 9, columns: 33, penalty: 3, numbers: extremes) { logits in
                for index in logits.indices { logits[index] = extremes[index % extremes.count] }
            },
            logitChangesCase("(45, 33) forbidden", rows: 45, columns: 33, numbers: [-.greatestFiniteMagnitude, 2]) {
                _ in
            },
        ]

    private static let extremes: [Float] = [
        .nan, .infinity, -.infinity, -.greatestFiniteMagnitude, .greatestFiniteMagnitude, 0, -0.0, 0x1p-149, -0x1p-127,
        0x1p-126, -0x1p-126,
    ]

    /// - Parameter numbers: what is added and taken off, besides others; those that are not finite are left out.
    private static func logitChangesCase(
        _ shape: String, rows: Int, columns: Int, penalty: Float = 1.3, numbers: [Float] = [],
        _ change: @escaping @Sendable (inout [Float]) -> Void
    ) -> CheckCase {
        CheckCase(operation: "LogitChanges", variant: "", shape: shape, bound: .identical) { trial in
            var random = trial.random
            var values = random.floats(rows * columns, scale: 10)
            change(&values)
            var parameters = [SamplerRow](
                repeating: SamplerRow(SamplingOptions(repeatPenalty: penalty), uniform: 0), count: rows)
            for row in stride(from: 4, to: rows, by: 5) { parameters[row].mode = SamplerRow.modeNone }
            let some = numbers.filter { $0.isFinite && ($0 == 0 || $0.isNormal) } + random.floats(4, scale: 5) + [0, 0]
            let lists = (0..<rows).map { row in
                // Full rows, short ones and empty ones; two tokens may lie outside.
                random.changes([LogitChange.capacity, 3, 0][row % 3], below: columns + 2, some)
            }
            let expected = changed(values, lists, parameters)
            let (words, rowsOfParameters) = (trial.input(words(lists)), trial.input(parameters))
            let logits = trial.output(Float.self, count: values.count, initial: values)
            try trial.run { pass, copy in
                pass.changeLogits(logits.views[copy], changes: words, parameters: rowsOfParameters)
            } measure: {
                Measurement(
                    actual: trial.values(logits).map(\.bitPattern), expected: expected.map(\.bitPattern)
                ) { Double(Float(bitPattern: $0)) }
            }
        }
    }

    private static func changed(
        _ values: [Float], _ lists: [[LogitChange]], _ parameters: [SamplerRow]
    ) -> [Float] {
        let columns = values.count / parameters.count
        return parameters.indices.flatMap { row in
            var logits = Array(values[row * columns..<(row + 1) * columns])
            if parameters[row].mode != SamplerRow.modeNone {
                Reference.change(&logits, by: lists[row], parameters[row])
            }
            return logits
        }
    }

    /// Rows as the kernel reads them; behind each stand zeros, which would be token 0.
    private static func words(_ rows: [[LogitChange]]) -> [UInt32] {
        var words = [UInt32](repeating: 0, count: rows.count * LogitChange.rowWords)
        words.withUnsafeMutableBufferPointer { words in
            for (row, changes) in rows.enumerated() {
                let range = row * LogitChange.rowWords..<(row + 1) * LogitChange.rowWords
                LogitChange.write(changes, to: UnsafeMutableBufferPointer(rebasing: words[range]))
            }
        }
        return words
    }
}

extension CheckRandom {
    /// Changes of up to `count` distinct tokens: by some of the numbers, and repeated ones.
    fileprivate mutating func changes(_ count: Int, below bound: Int, _ numbers: [Float]) -> [LogitChange] {
        let tokens = Set((0..<count).map { _ in UInt32(index(below: bound)) }).sorted()
        return tokens.map { token in
            LogitChange(
                token, bias: numbers[index(below: numbers.count)], isRepeated: index(below: 2) == 0,
                offset: numbers[index(below: numbers.count)])
        }
    }
}
