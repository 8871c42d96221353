extension Reference {
    /// out[r] = x[r] · rsqrt(mean(x[r]²) + ε) ⊙ weight
    ///
    /// Zhang and Sennrich 2019, arXiv 1910.07467. The sum and the root are f64, because activations reach 7·10⁵.
    ///
    /// - Parameters:
    ///   - x: (rows, dim).
    ///   - weight: (dim).
    /// - Returns: (rows, dim).
    package static func rmsNorm(_ x: Matrix, weight: [Float], epsilon: Float) -> Matrix {
        require(weight.count == x.columns, "RMSNorm", "weight (\(weight.count)) for x (\(x.rows), \(x.columns))")
        return Matrix(rows: x.rows, columns: x.columns) { output in
            for row in 0..<x.rows {
                let start = row * x.columns
                var squares = 0.0
                for column in 0..<x.columns {
                    let value = Double(x.values[start + column])
                    squares += value * value
                }
                let scale = 1 / (squares / Double(x.columns) + Double(epsilon)).squareRoot()
                for column in 0..<x.columns {
                    output[start + column] = Float(
                        Double(x.values[start + column]) * scale * Double(weight[column]))
                }
            }
        }
    }

    /// The RMS norm of every head of every row; all heads share the weight.
    ///
    /// - Parameters:
    ///   - x: (rows, heads · headDim).
    ///   - weight: (headDim).
    package static func headNorm(_ x: Matrix, weight: [Float], epsilon: Float) -> Matrix {
        let heads = x.columns / weight.count
        require(
            heads * weight.count == x.columns, "RMSNorm", "heads of (\(weight.count)) in x (\(x.rows), \(x.columns))")
        let normed = rmsNorm(
            Matrix(rows: x.rows * heads, columns: weight.count, values: x.values), weight: weight, epsilon: epsilon)
        return Matrix(rows: x.rows, columns: x.columns, values: normed.values)
    }
}
