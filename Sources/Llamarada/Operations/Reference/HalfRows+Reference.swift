extension Reference {
    /// Each row in f16 times a power of two that brings its largest magnitude to 2¹⁴ to 2¹⁵, as f32 numbers without that
    /// factor: what products of the half class multiply.
    ///
    /// - Parameter x: (rows, columns).
    package static func halfRows(_ x: Matrix) -> Matrix {
        Matrix(rows: x.rows, columns: x.columns, values: (0..<x.rows).flatMap { halfRow(x.row($0)) })
    }

    private static func halfRow(_ row: some Collection<Float>) -> [Float] {
        let largest = row.reduce(Float(0)) { max($0, $1.magnitude) }
        // Not beyond the exponents whose inverse is normal.
        let exponent = largest.isNormal ? max(-126, min(126, 14 - Int(largest.exponent))) : 0
        let scale = Float(sign: .plus, exponent: exponent, significand: 1)
        return row.map { Float(KVCacheType.half($0 * scale)) / scale }
    }
}
