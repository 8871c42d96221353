/// `scale` f16, 32 high bits, then 16 bytes: value = scale · (q − 16), exact in binary32 (11 + 5 significant bits).
///
/// Byte i holds the low four bits of element i in its low and of element i + 16 in its high half; bit i of the 32 is
/// the fifth bit of element i.
enum Q5_0: BlockFormat {
    static let elementCount = 32
    static let byteCount = 2 + 4 + 16

    @inline(__always)
    static func dequantize(block: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>) {
        let scale = block.half(at: 0)
        let high = block.loadUnaligned(fromByteOffset: 2, as: UInt32.self)
        let quants = block.sixteen(at: 6)
        for lane in 0..<16 {
            let (low, upper) = fiveBits(quants[lane], high: high, lane: UInt32(lane))
            elements[lane] = scale * Float(low &- 16)
            elements[lane + 16] = scale * Float(upper &- 16)
        }
    }
}

/// `scale` and `minimum` f16, 32 high bits, then 16 bytes: value = scale · q + minimum, rounded once.
///
/// Bits lie as in `Q5_0`.
enum Q5_1: BlockFormat {
    static let elementCount = 32
    static let byteCount = 4 + 4 + 16

    @inline(__always)
    static func dequantize(block: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>) {
        let (scale, minimum) = (block.half(at: 0), block.half(at: 2))
        let high = block.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
        let quants = block.sixteen(at: 8)
        for lane in 0..<16 {
            let (low, upper) = fiveBits(quants[lane], high: high, lane: UInt32(lane))
            elements[lane] = scale * Float(low) + minimum
            elements[lane + 16] = scale * Float(upper) + minimum
        }
    }
}

/// Elements `lane` and `lane + 16` of a five-bit block, 0…31.
@inline(__always)
private func fiveBits(_ byte: UInt8, high: UInt32, lane: UInt32) -> (Int32, Int32) {
    let low = UInt32(byte & 0x0F) | ((high &>> lane) & 1) << 4
    let upper = UInt32(byte >> 4) | ((high &>> (lane &+ 16)) & 1) << 4
    return (Int32(bitPattern: low), Int32(bitPattern: upper))
}
