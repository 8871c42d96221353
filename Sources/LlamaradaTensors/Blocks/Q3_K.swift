/// 32 bytes of third bits, 64 bytes of bit pairs, 12 bytes of six-bit scales, `d` f16:
/// value = d · (scale − 32) · (q − 4), exact in binary32 (11 + 5 + 3 significant bits).
///
/// Of 128 elements, 32 bytes hold the pairs of elements i, i + 32, i + 64 and i + 96, lowest first; bit p of byte i of the
/// third bits belongs to element 32 · p + i. Each 16 elements have a scale: the first eight have their low four bits in
/// the low halves of bytes 0 to 7, the others in the high halves, and the upper two bits of scales j, j + 4, j + 8 and
/// j + 12 are byte 8 + j, lowest first.
enum Q3_K: BlockFormat {
    static let elementCount = 256
    static let byteCount = 32 + 64 + 12 + 2

    @inline(__always)
    static func dequantize(block: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>) {
        let d = block.half(at: 108)
        for part in 0..<16 {
            // Sixteen elements: half h of the block, quarter k of its 128 elements, run r of the quarter's 32.
            let (half, quarter, run) = (part / 8, part / 2 % 4, part % 2)
            let factor = d * Float(scale(block + 96, part) &- 32)
            let pairs = block.sixteen(at: 32 + 32 * half + 16 * run) &>> UInt8(2 * quarter) & 3
            let third = block.sixteen(at: 16 * run) &>> UInt8(4 * half + quarter) & 1
            for lane in 0..<16 {
                let quant = Int32(pairs[lane] | third[lane] &<< 2) &- 4
                elements[16 * part + lane] = factor * Float(quant)
            }
        }
    }

    /// Scale `part` of the twelve bytes at `packed`, 0…63.
    @inline(__always)
    private static func scale(_ packed: UnsafeRawPointer, _ part: Int) -> Int32 {
        let low = packed.load(fromByteOffset: part % 8, as: UInt8.self) &>> (part < 8 ? 0 : 4) & 15
        let upper = packed.load(fromByteOffset: 8 + part % 4, as: UInt8.self) &>> UInt8(2 * (part / 4)) & 3
        return Int32(low | upper &<< 4)
    }
}
