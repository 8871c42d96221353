extension Reference {
    /// exp(x) for x ≤ 0 by single multiplications and additions, each rounded once, so that Include/Exp.glsl gives the
    /// same bits.
    ///
    /// The error is below 1e-7 of the result; below -87 that is 0, so that no result is subnormal. exp32(0) is 1, and of
    /// two arguments the larger never has the smaller result.
    package static func exp32(_ x: Float) -> Float {
        guard x >= -87 else { return 0 }
        // x = n · ln 2 + r with |r| ≤ ln 2 / 2; the first part of ln 2 has nine bits, so that its product with n is exact.
        let n = (x * 1.44269502 + 0.5).rounded(.down)
        let r = (x - n * 0.693359375) - n * -0.000212194442
        // The Taylor series to r⁷ / 5040; the next term is below 6e-9.
        var sum: Float = 0.000198412701
        sum = sum * r + 0.00138888892
        sum = sum * r + 0.00833333377
        sum = sum * r + 0.0416666679
        sum = sum * r + 0.166666672
        sum = sum * r + 0.5
        let mantissa = (sum * r * r + r) + 1
        return mantissa * Float(bitPattern: UInt32(Int32(n) + 127) << 23)
    }
}
