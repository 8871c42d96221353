import Llamarada

extension Checks {
    static let int8Rows: [CheckCase] = [(1, 1), (3, 2), (5, 63), (2, 64), (4, 257), (3, 4096)].flatMap {
        rows, columns in
        [1, 1e-20, 1e20].map { int8RowsCase(rows: rows, columns: columns, factor: $0) }
    }

    private static func int8RowsCase(rows: Int, columns: Int, factor: Float) -> CheckCase {
        CheckCase(
            operation: "Int8Rows", variant: "", shape: "(\(rows), \(columns)) times \(factor)", bound: .identical
        ) { trial in
            var random = trial.random
            // One element in a row is far larger than the others, one row is 0.
            var values = random.floats(rows * columns).map { $0 * factor }
            for row in 0..<rows { values[row * columns + row % columns] *= 1000 }
            if rows > 1 { values.replaceSubrange(0..<columns, with: repeatElement(0, count: columns)) }
            let rounded = Reference.int8Rows(Matrix(rows: rows, columns: columns, values: values))
            let words = Int8Row.wordCount(columns: columns)
            let x = trial.input(values)
            let bytes = trial.output(UInt32.self, count: rows * words)
            try trial.run { pass, copy in
                pass.int8Rows(x, columns: columns, rows: 0..<rows, into: bytes.views[copy])
            } measure: {
                let actual = trial.values(bytes)
                let found = (0..<rows).flatMap {
                    int8Meaning(of: Array(actual[$0 * words..<($0 + 1) * words]), columns)
                }
                return Measurement(
                    actual: found.map(\.bitPattern), expected: rounded.values.map(\.bitPattern),
                    value: { Double(Float(bitPattern: $0)) })
            }
        }
    }

    /// What a row of bytes means; NaN where a run's sum is not that of its quants, or what fills up is not 0.
    private static func int8Meaning(of row: [UInt32], _ columns: Int) -> [Float] {
        let runs = row.count / (Int8Row.quantWords + Int8Row.factorWords)
        let quants = row[..<(Int8Row.quantWords * runs)].flatMap { word in
            (0..<4).map { Int8(truncatingIfNeeded: word >> (8 * UInt32($0))) }
        }
        let factors = row[(Int8Row.quantWords * runs)...].map { Float(bitPattern: $0) }
        var values: [Float] = []
        for run in 0..<runs {
            let part = quants[Int8Row.runColumns * run..<Int8Row.runColumns * (run + 1)]
            let (unit, sum) = (factors[2 * run], factors[2 * run + 1])
            let isRight = unit * Float(part.reduce(0) { $0 + Int($1) }) == sum
            values += part.map { isRight ? unit * Float($0) : .nan }
        }
        guard values[columns...].allSatisfy({ $0 == 0 }) else { return Array(repeating: .nan, count: columns) }
        return Array(values[..<columns])
    }
}
