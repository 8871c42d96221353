/// `d` and `dmin` f16, 12 bytes of six-bit scales and minima, 128 bytes of nibbles:
/// value = d · scale · q − dmin · minimum, rounded once: both products are exact (11 + 6 + 4 significant bits).
///
/// Of 64 elements, 32 bytes hold the first 32 in their low and the others in their high four bits; each 32 elements have
/// a scale and a minimum. Of these, the first four are the low six bits of bytes 0 to 3 and 4 to 7; scale j of the
/// others has its low four bits in the low half of byte j + 4 and its upper two in those of byte j − 4, minimum j in the
/// high half of byte j + 4 and in the upper two bits of byte j.
enum Q4_K: BlockFormat {
    static let elementCount = 256
    static let byteCount = 2 + 2 + 12 + 128

    @inline(__always)
    static func dequantize(block: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>) {
        let (d, dmin) = (block.half(at: 0), block.half(at: 2))
        for part in 0..<8 {
            let (scale, minimum) = scaleAndMinimum(block + 4, part)
            let (factor, offset) = (d * Float(scale), dmin * Float(minimum))
            let quants = block.loadUnaligned(fromByteOffset: 16 + 32 * (part / 2), as: SIMD32<UInt8>.self)
            let nibbles = part % 2 == 0 ? quants & 0x0F : quants &>> 4
            for lane in 0..<32 {
                elements[32 * part + lane] = factor * Float(nibbles[lane]) - offset
            }
        }
    }

    /// Scale and minimum `part` of the twelve bytes at `packed`, each 0…63.
    @inline(__always)
    static func scaleAndMinimum(_ packed: UnsafeRawPointer, _ part: Int) -> (UInt8, UInt8) {
        func byte(_ index: Int) -> UInt8 { packed.load(fromByteOffset: index, as: UInt8.self) }
        if part < 4 { return (byte(part) & 63, byte(part + 4) & 63) }
        return (
            byte(part + 4) & 0x0F | (byte(part - 4) >> 6) << 4, byte(part + 4) >> 4 | (byte(part) >> 6) << 4
        )
    }
}
