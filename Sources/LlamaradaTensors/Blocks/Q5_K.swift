/// `d` and `dmin` f16, 12 bytes of six-bit scales and minima, 32 bytes of fifth bits, 128 bytes of nibbles:
/// value = d · scale · q − dmin · minimum, rounded once: both products are exact (11 + 6 + 5 significant bits).
///
/// Scales, minima and nibbles lie as in `Q4_K`. Bit p of byte i of the fifth bits belongs to element 32 · p + i.
enum Q5_K: BlockFormat {
    static let elementCount = 256
    static let byteCount = 2 + 2 + 12 + 32 + 128

    @inline(__always)
    static func dequantize(block: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>) {
        let (d, dmin) = (block.half(at: 0), block.half(at: 2))
        let high = block.loadUnaligned(fromByteOffset: 16, as: SIMD32<UInt8>.self)
        for part in 0..<8 {
            let (scale, minimum) = Q4_K.scaleAndMinimum(block + 4, part)
            let (factor, offset) = (d * Float(scale), dmin * Float(minimum))
            let quants = block.loadUnaligned(fromByteOffset: 48 + 32 * (part / 2), as: SIMD32<UInt8>.self)
            let nibbles = part % 2 == 0 ? quants & 0x0F : quants &>> 4
            let fifth = ((high &>> UInt8(part)) & 1) &<< 4
            for lane in 0..<32 {
                elements[32 * part + lane] = factor * Float(nibbles[lane] | fifth[lane]) - offset
            }
        }
    }
}
