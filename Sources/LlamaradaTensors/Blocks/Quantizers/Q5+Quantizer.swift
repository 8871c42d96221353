extension Q5_0: BlockQuantizer {
    /// Quant −16 is the value farthest from zero, whose sign the scale has.
    @inline(__always)
    static func quantize(_ elements: UnsafePointer<Float>, into block: UnsafeMutableRawPointer) {
        let scale = Extremes.farthest(elements, count: 32) / -16
        let inverse = Extremes.inverse(scale)
        block.store(half: scale.halfBits, at: 0)
        storeFiveBits(into: block + 2) { min(31, (elements[$0] * inverse + 16.5).integerPart) }
    }
}

extension Q5_1: BlockQuantizer {
    /// Quants 0 and 31 are the least and the largest value.
    @inline(__always)
    static func quantize(_ elements: UnsafePointer<Float>, into block: UnsafeMutableRawPointer) {
        let (least, largest) = Extremes.range(elements, count: 32)
        let scale = (largest - least) / 31
        let inverse = Extremes.inverse(scale)
        block.store(half: scale.halfBits, at: 0)
        block.store(half: least.halfBits, at: 2)
        storeFiveBits(into: block + 4) { min(31, ((elements[$0] - least) * inverse + 0.5).integerPart) }
    }
}

/// Stores 32 fifth bits and 16 bytes of nibbles, as `Q5_0` has them.
@inline(__always)
private func storeFiveBits(into block: UnsafeMutableRawPointer, _ quant: (Int) -> UInt32) {
    var fifth: UInt32 = 0
    for lane in 0..<16 {
        let (low, high) = (quant(lane), quant(lane + 16))
        fifth |= (low &>> 4) &<< UInt32(lane) | (high &>> 4) &<< UInt32(lane + 16)
        block.storeBytes(
            of: UInt8(truncatingIfNeeded: low & 15 | high &<< 4), toByteOffset: 4 + lane, as: UInt8.self)
    }
    block.storeBytes(of: fifth, as: UInt32.self)
}
