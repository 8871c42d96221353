/// The sixteen levels that the nibbles of `IQ4_NL` and `IQ4_XS` choose from: closer together around zero.
///
/// From `kvalues_iq4nl` in ggml-common.h.
let iq4Levels = SIMD16<Int8>(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113)

/// Decodes 16 bytes: byte i holds element i in its low and element i + 16 in its high four bits.
@inline(__always)
private func decode(_ quants: SIMD16<UInt8>, factor: Float, into elements: UnsafeMutablePointer<Float>) {
    let levels = iq4Levels
    for lane in 0..<16 {
        elements[lane] = factor * Float(levels[Int(quants[lane] & 0x0F)])
        elements[lane + 16] = factor * Float(levels[Int(quants[lane] >> 4)])
    }
}

/// `scale` f16, then 16 bytes: value = scale · level(q), exact in binary32 (11 + 7 significant bits).
enum IQ4_NL: BlockFormat {
    static let elementCount = 32
    static let byteCount = 2 + 16

    @inline(__always)
    static func dequantize(block: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>) {
        decode(block.sixteen(at: 2), factor: block.half(at: 0), into: elements)
    }
}

/// `d` f16, 2 bytes of the scales' upper and 4 bytes of their lower bits, 128 bytes of nibbles:
/// value = d · (scale − 32) · level(q), exact in binary32 (11 + 5 + 7 significant bits).
///
/// Each 32 elements have a scale of six bits, the upper two in a pair of bits and the lower four in half a byte, and 16
/// bytes as in `IQ4_NL`.
enum IQ4_XS: BlockFormat {
    static let elementCount = 256
    static let byteCount = 2 + 2 + 4 + 128

    @inline(__always)
    static func dequantize(block: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>) {
        let d = block.half(at: 0)
        let upper = block.loadUnaligned(fromByteOffset: 2, as: UInt16.self)
        let lower = block.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
        for part in 0..<8 {
            let scale = Int32((lower &>> UInt32(4 * part)) & 15) | Int32((upper &>> UInt16(2 * part)) & 3) &<< 4
            decode(block.sixteen(at: 8 + 16 * part), factor: d * Float(scale &- 32), into: elements + 32 * part)
        }
    }
}
