import Glibc

extension Reference {
    /// out = gelu(gate) · up, with gelu(x) = x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))
    ///
    /// Hendrycks and Gimpel 2016, arXiv 1606.08415; Shazeer 2020, arXiv 2002.05202. All three are (rows, ffnDim).
    package static func geGLU(gate: Matrix, up: Matrix) -> Matrix {
        require(
            gate.rows == up.rows && gate.columns == up.columns, "GeGLU",
            "gate (\(gate.rows), \(gate.columns)), up (\(up.rows), \(up.columns))")
        return Matrix(rows: gate.rows, columns: gate.columns) { output in
            for index in output.indices {
                output[index] = Float(gelu(Double(gate.values[index])) * Double(up.values[index]))
            }
        }
    }

    /// By the sigmoid of twice the tangent's argument, which loses nothing where that is far below 0.
    private static func gelu(_ x: Double) -> Double {
        let z = (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
        return x / (1 + exp(-2 * z))
    }
}
