extension Reference {
    /// out[r] = x[r] + bias
    ///
    /// - Parameters:
    ///   - x: (rows, columns).
    ///   - bias: (columns).
    package static func addBias(_ x: Matrix, _ bias: [Float]) -> Matrix {
        require(bias.count == x.columns, "AddBias", "bias (\(bias.count)) for x (\(x.rows), \(x.columns))")
        return Matrix(rows: x.rows, columns: x.columns) { output in
            for index in output.indices { output[index] = x.values[index] + bias[index % x.columns] }
        }
    }
}
