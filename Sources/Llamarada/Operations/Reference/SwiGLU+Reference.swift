import Glibc

extension Reference {
    /// out = gate · sigmoid(gate) · up
    ///
    /// Shazeer 2020, arXiv 2002.05202. All three are (rows, ffnDim).
    package static func swiGLU(gate: Matrix, up: Matrix) -> Matrix {
        require(
            gate.rows == up.rows && gate.columns == up.columns, "SwiGLU",
            "gate (\(gate.rows), \(gate.columns)), up (\(up.rows), \(up.columns))")
        return Matrix(rows: gate.rows, columns: gate.columns) { output in
            for index in output.indices {
                let value = Double(gate.values[index])
                output[index] = Float(value / (1 + exp(-value)) * Double(up.values[index]))
            }
        }
    }
}
