import Llamarada

/// Products in f64 on the dequantised weights, with the sums of the absolute terms that bounds refer to.
struct ExpectedProduct {
    /// (tokens, rows).
    var values: [Double]
    /// (tokens, rows): Σ|wᵢxᵢ|.
    var magnitudes: [Double]

    /// - Parameters:
    ///   - weights: (rows, columns).
    ///   - x: (tokens, columns).
    init(_ weights: some WeightSource, _ x: [Float], tokens: Int) throws {
        try self.init(weights, x.map(Double.init), tokens: tokens)
    }

    init(_ weights: some WeightSource, _ inputs: [Double], tokens: Int) throws {
        let (rows, columns) = (weights.rows, weights.columns)
        values = [Double](repeating: 0, count: tokens * rows)
        magnitudes = values
        var row = [Float](repeating: 0, count: columns)
        for index in 0..<rows {
            try row.withUnsafeMutableBufferPointer { try weights.dequantize(index..<index + 1, into: $0) }
            for token in 0..<tokens {
                let (sum, size) = Self.dot(row, inputs, from: token * columns)
                values[token * rows + index] = sum
                magnitudes[token * rows + index] = size
            }
        }
    }

    private static func dot(_ row: [Float], _ inputs: [Double], from start: Int) -> (sum: Double, size: Double) {
        row.withUnsafeBufferPointer { row in
            inputs.withUnsafeBufferPointer { inputs in
                var (sums, sizes) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
                var index = 0
                while index + 4 <= row.count {
                    let at = start + index
                    let term =
                        SIMD4(
                            Double(row[index]), Double(row[index + 1]), Double(row[index + 2]), Double(row[index + 3]))
                        * SIMD4(inputs[at], inputs[at + 1], inputs[at + 2], inputs[at + 3])
                    sums += term
                    sizes += term.replacing(with: -term, where: term .< 0)
                    index += 4
                }
                var (sum, size) = (sums.sum(), sizes.sum())
                while index < row.count {
                    let term = Double(row[index]) * inputs[start + index]
                    sum += term
                    size += abs(term)
                    index += 1
                }
                return (sum, size)
            }
        }
    }
}

extension WeightSource {
    /// All rows as f32: (rows, columns).
    func values() throws -> [Float] {
        var values = [Float](repeating: 0, count: rows * columns)
        try values.withUnsafeMutableBufferPointer { try dequantize(0..<rows, into: $0) }
        return values
    }
}
