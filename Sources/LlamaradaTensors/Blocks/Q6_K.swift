/// 128 bytes of low nibbles, 64 bytes of upper bits, 16 signed bytes of scales, `d` f16:
/// value = d · scale · (q − 32), exact in binary32 (11 + 7 + 5 significant bits).
///
/// Of 128 elements, 64 bytes hold the nibbles of the first 64 in their low and of the others in their high half; 32 bytes
/// hold the upper two bits of elements i, i + 32, i + 64 and i + 96, lowest first. Each 16 elements have a scale.
enum Q6_K: BlockFormat {
    static let elementCount = 256
    static let byteCount = 128 + 64 + 16 + 2

    @inline(__always)
    static func dequantize(block: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>) {
        let d = block.half(at: 208)
        for part in 0..<16 {
            // Sixteen elements: half h of the block, quarter k of its 128 elements, run r of the quarter's 32.
            let (half, quarter, run) = (part / 8, part / 2 % 4, part % 2)
            let scale = d * Float(block.load(fromByteOffset: 192 + part, as: Int8.self))
            let low = block.sixteen(at: 64 * half + 32 * (quarter % 2) + 16 * run)
            let high = block.sixteen(at: 128 + 32 * half + 16 * run)
            let nibbles = quarter < 2 ? low & 0x0F : low &>> 4
            let upper = (high &>> UInt8(2 * quarter)) & 3
            for lane in 0..<16 {
                let quant = Int32(nibbles[lane] | upper[lane] &<< 4) &- 32
                elements[16 * part + lane] = scale * Float(quant)
            }
        }
    }
}
