extension Reference {
    /// out[r] = x[indices[r]].
    ///
    /// - Parameters:
    ///   - x: (any, columns).
    ///   - indices: (rows), each a row of x.
    /// - Returns: (rows, columns).
    package static func gatherRows(_ x: Matrix, _ indices: [Int]) -> Matrix {
        require(indices.allSatisfy { 0..<x.rows ~= $0 }, "GatherRows", "rows \(indices) of \(x.rows)")
        return Matrix(rows: indices.count, columns: x.columns, values: indices.flatMap(x.row))
    }
}
