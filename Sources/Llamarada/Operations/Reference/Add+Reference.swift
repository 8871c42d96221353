extension Reference {
    /// out = a + b, all of one shape: (rows, columns).
    package static func add(_ a: Matrix, _ b: Matrix) -> Matrix {
        require(
            a.rows == b.rows && a.columns == b.columns, "Add",
            "a (\(a.rows), \(a.columns)), b (\(b.rows), \(b.columns))")
        return Matrix(rows: a.rows, columns: a.columns) { output in
            for index in output.indices { output[index] = a.values[index] + b.values[index] }
        }
    }
}
