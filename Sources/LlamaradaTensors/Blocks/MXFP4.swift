/// An exponent of 8 bits, then 16 bytes of four-bit floats: value = 2^(exponent − 127) · e2m1(q), exact but for overflow.
///
/// Byte i holds element i in its low and element i + 16 in its high four bits: a sign, two bits of exponent and one of
/// mantissa, 0, 0.5, 1, 1.5, 2, 3, 4 and 6. Here they are doubled and the power is halved, so that exponent 0 needs no
/// level below it and 255, which the standard calls NaN, is a power as ggml has it; −0 is 0. From "OCP Microscaling
/// Formats (MX) Specification" 1.0.
enum MXFP4: BlockFormat {
    static let elementCount = 32
    static let byteCount = 1 + 16

    private static let levels = SIMD16<Int8>(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12)

    @inline(__always)
    static func dequantize(block: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>) {
        let exponent = UInt32(block.load(as: UInt8.self))
        // 2^(exponent − 128): the first two are subnormal.
        let factor = Float(bitPattern: exponent < 2 ? 0x0020_0000 &<< exponent : (exponent &- 1) &<< 23)
        let quants = block.sixteen(at: 1)
        let levels = levels
        for lane in 0..<16 {
            elements[lane] = factor * Float(levels[Int(quants[lane] & 0x0F)])
            elements[lane + 16] = factor * Float(levels[Int(quants[lane] >> 4)])
        }
    }
}
