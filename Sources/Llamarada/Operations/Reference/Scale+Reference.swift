extension Reference {
    /// out = factor · x
    ///
    /// x and out: (rows, columns).
    package static func scale(_ x: Matrix, by factor: Float) -> Matrix {
        Matrix(rows: x.rows, columns: x.columns, values: x.values.map { factor * $0 })
    }
}
