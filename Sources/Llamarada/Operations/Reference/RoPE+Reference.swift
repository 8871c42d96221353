extension Reference {
    /// Rotates the pair (2i, 2i + 1) of every head by angle(position, i): Meta's order, the one GGUF stores.
    ///
    /// (a, b) → (a·cos − b·sin, a·sin + b·cos). Dimensions of a head beyond the table's pairs pass unchanged.
    ///
    /// - Parameters:
    ///   - x: (tokens, heads · headDim), queries or keys.
    ///   - positions: (tokens), each below the table's positions.
    /// - Returns: (tokens, heads · headDim).
    package static func rope(_ x: Matrix, headDim: Int, positions: [Int], table: RoPETable) -> Matrix {
        require(
            x.columns % headDim == 0 && positions.count == x.rows && table.pairCount * 2 <= headDim, "RoPE",
            "x (\(x.rows), \(x.columns)), headDim \(headDim), \(positions.count) positions, \(table.pairCount) pairs")
        var values = x.values
        for (row, position) in positions.enumerated() {
            for head in stride(from: row * x.columns, to: (row + 1) * x.columns, by: headDim) {
                for pair in 0..<table.pairCount {
                    let (a, b) = (Double(x.values[head + 2 * pair]), Double(x.values[head + 2 * pair + 1]))
                    let cosine = Double(table.cosine(position: position, pair: pair))
                    let sine = Double(table.sine(position: position, pair: pair))
                    values[head + 2 * pair] = Float(a * cosine - b * sine)
                    values[head + 2 * pair + 1] = Float(a * sine + b * cosine)
                }
            }
        }
        return Matrix(rows: x.rows, columns: x.columns, values: values)
    }
}
