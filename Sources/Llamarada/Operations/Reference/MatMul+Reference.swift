package import LlamaradaThreads

extension Reference {
    /// out[t, r] = Σ_c x[t, c] · weight[r, c]
    ///
    /// Sums run in f64, or with `blas` and several tokens in BLAS's f32. The weight is dequantized a tile of rows at a
    /// time; tiles depend on the shapes alone, so that the bits do not depend on the number of workers.
    ///
    /// - Parameters:
    ///   - x: (tokens, columns).
    ///   - weight: (rows, columns).
    /// - Returns: (tokens, rows).
    package static func matMul(
        _ x: Matrix, _ weight: any WeightSource, workers: Workers = .one, blas: BLAS? = nil
    ) throws -> Matrix {
        require(
            x.columns == weight.columns, "MatMul",
            "x (\(x.rows), \(x.columns)), weight (\(weight.rows), \(weight.columns))")
        // One token always takes the plain loop: sgemm gains nothing there, and decoding is the same without BLAS.
        let blas = x.rows > 1 ? blas : nil
        let tileRows = blas == nil ? max(1, plainTileElements / max(1, x.columns)) : blasTileRows
        let inputs = blas == nil ? x.values.map(Double.init) : []
        return try Matrix(rows: x.rows, columns: weight.rows) { output in
            // Safety: every tile writes its own columns of the output.
            nonisolated(unsafe) let output = output
            try workers.forEach((weight.rows + tileRows - 1) / tileRows) { tile in
                let range = tile * tileRows..<min(weight.rows, (tile + 1) * tileRows)
                let rows = UnsafeMutableBufferPointer<Float>.allocate(capacity: range.count * x.columns)
                defer { rows.deallocate() }
                try weight.dequantize(range, into: rows)
                if let blas {
                    blas.multiply(x, UnsafeBufferPointer(rows), into: output, stride: weight.rows, columns: range)
                } else {
                    multiply(inputs, UnsafeBufferPointer(rows), into: output, stride: weight.rows, columns: range)
                }
            }
        }
    }

    /// 128 KiB of weights a tile: they stay in a core's second-level cache between dequantizing and use.
    private static let plainTileElements = 32 * 1024
    /// High enough that packing the activations for every tile costs sgemm little.
    private static let blasTileRows = 128

    /// Fills `columns` of the output (tokens, stride) from `rows` (columns.count, inputs.count / tokens).
    private static func multiply(
        _ inputs: [Double], _ rows: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>,
        stride: Int, columns: Range<Int>
    ) {
        let length = rows.count / columns.count
        inputs.withUnsafeBufferPointer { inputs in
            guard let weight = rows.baseAddress, let x = inputs.baseAddress else { return }
            for (index, column) in columns.enumerated() {
                for token in 0..<inputs.count / length {
                    let sum = dot(weight + index * length, x + token * length, count: length)
                    output[token * stride + column] = Float(sum)
                }
            }
        }
    }
}
