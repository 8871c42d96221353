extension Reference {
    /// Rotates pair i of every head by angle(position, i).
    ///
    /// (a, b) → (a·cos − b·sin, a·sin + b·cos), where (a, b) is the pair (2i, 2i + 1) or (i, i + n/2) of n rotated dimensions.
    /// Dimensions of a head beyond the table's pairs pass unchanged.
    ///
    /// - Parameters:
    ///   - x: (tokens, heads · headDim), queries or keys.
    ///   - positions: (tokens), each below the table's positions.
    /// - Returns: (tokens, heads · headDim).
    package static func rope(
        _ x: Matrix, headDim: Int, positions: [Int], table: RoPETable, pairing: RoPEPairing = .neighbours
    ) -> Matrix {
        require(
            x.columns % headDim == 0 && positions.count == x.rows && table.pairCount * 2 <= headDim, "RoPE",
            "x (\(x.rows), \(x.columns)), headDim \(headDim), \(positions.count) positions, \(table.pairCount) pairs")
        let (stride, distance) = pairing == .neighbours ? (2, 1) : (1, table.pairCount)
        var values = x.values
        for (row, position) in positions.enumerated() {
            for head in Swift.stride(from: row * x.columns, to: (row + 1) * x.columns, by: headDim) {
                for pair in 0..<table.pairCount {
                    let first = head + stride * pair
                    let (a, b) = (Double(x.values[first]), Double(x.values[first + distance]))
                    let cosine = Double(table.cosine(position: position, pair: pair))
                    let sine = Double(table.sine(position: position, pair: pair))
                    values[first] = Float(a * cosine - b * sine)
                    values[first + distance] = Float(a * sine + b * cosine)
                }
            }
        }
        return Matrix(rows: x.rows, columns: x.columns, values: values)
    }
}
