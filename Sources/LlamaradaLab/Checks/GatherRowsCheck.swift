import Llamarada

extension Checks {
    static let gatherRows: [CheckCase] = [
        (1, 1, [0]), (3, 31, [2]), (7, 33, [6, 0, 3, 3]), (9, 257, [8, 7, 6, 5, 4, 3, 2, 1, 0]),
        (33, 576, [32, 0, 31, 1]), (2, 4096, [1]),
    ].map { (rows: Int, columns: Int, indices: [Int]) in gatherRowsCase(rows: rows, columns: columns, indices) }

    private static func gatherRowsCase(rows: Int, columns: Int, _ indices: [Int]) -> CheckCase {
        CheckCase(
            operation: "GatherRows", variant: "", shape: "\(indices.count) of (\(rows), \(columns))", bound: .identical
        ) { trial in
            var random = trial.random
            let x = Matrix(rows: rows, columns: columns, values: random.floats(rows * columns))
            let expected = Reference.gatherRows(x, indices).values.map(Double.init)
            let (source, places) = (trial.input(x.values), trial.input(indices.map { UInt32($0) }))
            let gathered = trial.output(Float.self, count: expected.count)
            try trial.run { pass, copy in
                pass.gatherRows(source, places, into: gathered.views[copy])
            } measure: {
                Measurement(actual: trial.values(gathered), expected: expected, magnitudes: expected.map(abs))
            }
        }
    }
}
