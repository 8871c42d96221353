/// `scale` f16, then 16 bytes: value = scale · (q − 8), exact in binary32 (11 + 4 significant bits).
///
/// Byte i holds element i in its low and element i + 16 in its high four bits.
enum Q4_0: BlockFormat {
    static let elementCount = 32
    static let byteCount = 2 + 16

    @inline(__always)
    static func dequantize(block: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>) {
        let scale = block.half(at: 0)
        let quants = block.sixteen(at: 2)
        for lane in 0..<16 {
            elements[lane] = scale * Float(Int32(quants[lane] & 0x0F) &- 8)
            elements[lane + 16] = scale * Float(Int32(quants[lane] >> 4) &- 8)
        }
    }
}

/// `scale` and `minimum` f16, then 16 bytes: value = scale · q + minimum, rounded once: the product is exact.
///
/// Byte i holds element i in its low and element i + 16 in its high four bits.
enum Q4_1: BlockFormat {
    static let elementCount = 32
    static let byteCount = 4 + 16

    @inline(__always)
    static func dequantize(block: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>) {
        let (scale, minimum) = (block.half(at: 0), block.half(at: 2))
        let quants = block.sixteen(at: 4)
        for lane in 0..<16 {
            elements[lane] = scale * Float(Int32(quants[lane] & 0x0F)) + minimum
            elements[lane + 16] = scale * Float(Int32(quants[lane] >> 4)) + minimum
        }
    }
}
