extension Reference {
    /// 1/x for x from 1e-37 to 1e37, by single multiplications and subtractions, so that Include/Log.glsl gives the same
    /// bits, which a device's own division need not.
    ///
    /// The first guess, from the bits of x, is right to an eighth; each of Newton's steps squares its error. What is left
    /// is below 1.5e-7 of the result.
    package static func reciprocal32(_ x: Float) -> Float {
        var y = Float(bitPattern: 0x7EF3_11C7 &- x.bitPattern)
        for _ in 0..<4 { y *= 2 - x * y }
        return y
    }

    /// ln x for normal x > 0, by single multiplications and additions, so that Include/Log.glsl gives the same bits.
    ///
    /// x = 2ⁿ · m with m from √½ to √2, and ln m = 2 artanh((m - 1) / (m + 1)) by its series. The error is below 2e-7 of
    /// the larger of 1 and |ln x|.
    package static func log32(_ x: Float) -> Float {
        let shifted = x.bitPattern &+ (0x3F80_0000 - 0x3F35_04F3)
        let n = Float(Int32(shifted >> 23) - 127)
        let m = Float(bitPattern: (shifted & 0x007F_FFFF) + 0x3F35_04F3)
        let s = (m - 1) * reciprocal32(m + 1)
        let z = s * s
        var sum: Float = 0.111111112
        sum = sum * z + 0.142857149
        sum = sum * z + 0.200000003
        sum = sum * z + 0.333333343
        sum = sum * z + 1
        let mantissa = (s + s) * sum
        return n * 0.693359375 + (mantissa + n * -0.000212194442)
    }
}
