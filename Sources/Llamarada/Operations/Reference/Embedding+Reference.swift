package import LlamaradaText

extension Reference {
    /// out[t] = table[tokens[t]]
    ///
    /// - Parameters:
    ///   - tokens: (tokens), each below the table's rows.
    ///   - table: (vocabulary, dim), in the file's element type.
    /// - Returns: (tokens, dim).
    package static func embedding(_ tokens: [TokenID], _ table: any WeightSource) throws -> Matrix {
        try Matrix(rows: tokens.count, columns: table.columns) { output in
            for (index, token) in tokens.enumerated() {
                let row = Int(token)
                require(row >= 0 && row < table.rows, "Embedding", "token \(token) of \(table.rows)")
                let target = output[index * table.columns..<(index + 1) * table.columns]
                try table.dequantize(row..<row + 1, into: UnsafeMutableBufferPointer(rebasing: target))
            }
        }
    }
}
