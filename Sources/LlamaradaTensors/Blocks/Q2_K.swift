/// 16 bytes of four-bit scales and minima, 64 bytes of bit pairs, `d` and `dmin` f16:
/// value = d · scale · q − dmin · minimum, rounded once: both products are exact (11 + 4 + 2 significant bits).
///
/// Of 128 elements, 32 bytes hold the pairs of elements i, i + 32, i + 64 and i + 96, lowest first. Each 16 elements have
/// a scale, the low half of their byte, and a minimum, its high half.
enum Q2_K: BlockFormat {
    static let elementCount = 256
    static let byteCount = 16 + 64 + 2 + 2

    @inline(__always)
    static func dequantize(block: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>) {
        let (d, dmin) = (block.half(at: 80), block.half(at: 82))
        for part in 0..<16 {
            let both = block.load(fromByteOffset: part, as: UInt8.self)
            let (factor, offset) = (d * Float(both & 15), dmin * Float(both >> 4))
            // Half of the block, quarter of its 128 elements, run of the quarter's 32.
            let (half, quarter, run) = (part / 8, part / 2 % 4, part % 2)
            let pairs = block.sixteen(at: 16 + 32 * half + 16 * run) &>> UInt8(2 * quarter) & 3
            for lane in 0..<16 {
                elements[16 * part + lane] = factor * Float(pairs[lane]) - offset
            }
        }
    }
}
