import Llamarada

extension Checks {
    static let halfRows: [CheckCase] =
        [(1, 1), (3, 2), (5, 63), (2, 64), (4, 257), (3, 4096)].flatMap {
            rows, columns in
            [1, 1e-20, 1e20].map { halfRowsCase(rows: rows, columns: columns, factor: $0) }
        } + [halfRowsCase(rows: 7, columns: 63, factor: 1, from: 3, widest: 257)]

    /// The rows from `first` on, in a buffer with room for as many of `widest` columns.
    private static func halfRowsCase(
        rows: Int, columns: Int, factor: Float, from first: Int = 0, widest: Int? = nil
    ) -> CheckCase {
        CheckCase(
            operation: "HalfRows", variant: "",
            shape: "(\(rows), \(columns)) times \(factor)" + (first > 0 ? " from \(first) on" : ""),
            bound: .identical
        ) { trial in
            var random = trial.random
            // One element in a row is far larger than the others, one row is 0.
            var values = random.floats(rows * columns).map { $0 * factor }
            for row in 0..<rows { values[row * columns + row % columns] *= 1000 }
            if rows > 1 { values.replaceSubrange(0..<columns, with: repeatElement(0, count: columns)) }
            let rounded = Reference.halfRows(Matrix(rows: rows, columns: columns, values: values))
            let x = trial.input(values)
            let halves = trial.output(UInt32.self, count: HalfPanels.roomCount(rows: rows, columns: widest ?? columns))
            try trial.run { pass, copy in
                pass.halfRows(x, columns: columns, rows: first..<rows, into: halves.views[copy])
            } measure: {
                let actual = trial.values(halves)
                let found = (first..<rows).flatMap { meaning(of: actual, row: $0, columns) }
                return Measurement(
                    actual: found.map(\.bitPattern), expected: rounded.values[(first * columns)...].map(\.bitPattern),
                    value: { Double(Float(bitPattern: $0)) })
            }
        }
    }

    /// What a row of f16 means; NaN where what fills it up is not 0.
    private static func meaning(of words: [UInt32], row: Int, _ columns: Int) -> [Float] {
        let panels = HalfPanels(columns: columns, wordCount: words.count)
        let halves = (0..<panels.count).flatMap { panel in
            let place = panels.place(panel: panel, row: row)
            return words[place..<place + HalfPanels.words].flatMap {
                [Float16(bitPattern: UInt16(truncatingIfNeeded: $0)), Float16(bitPattern: UInt16($0 >> 16))]
            }
        }
        guard halves[columns...].allSatisfy({ $0 == 0 }) else { return Array(repeating: .nan, count: columns) }
        return halves[..<columns].map { Float($0) * Float(bitPattern: words[row]) }
    }
}
