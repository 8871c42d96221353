extension Q5_0: BlockQuantizer {
    private static let searched = SearchedBlock.Symmetric(levels: 16)

    /// Quant −16 is the value farthest from zero, whose sign the scale has; where importance is known the scale is looked
    /// for.
    @inline(__always)
    static func quantize(
        _ elements: UnsafePointer<Float>, importance: UnsafePointer<Float>?, into block: UnsafeMutableRawPointer
    ) {
        guard let importance else {
            let scale = Extremes.farthest(elements, count: 32) / -16
            let inverse = Extremes.inverse(scale)
            block.store(half: scale.halfBits, at: 0)
            return storeFiveBits(into: block + 2) { min(31, (elements[$0] * inverse + 16.5).integerPart) }
        }
        let scale = searched.scale(elements, importance).halfBits
        let inverse = Extremes.inverse(Float(half: scale))
        block.store(half: scale, at: 0)
        storeFiveBits(into: block + 2) { (elements[$0] * inverse + 16).quant(highest: 31) }
    }
}

extension Q5_1: BlockQuantizer {
    private static let searched = SearchedBlock.Affine(levels: 31)

    /// Quants 0 and 31 are the least and the largest value; where importance is known both are looked for.
    @inline(__always)
    static func quantize(
        _ elements: UnsafePointer<Float>, importance: UnsafePointer<Float>?, into block: UnsafeMutableRawPointer
    ) {
        guard let importance else {
            let (least, largest) = Extremes.range(elements, count: 32)
            let scale = (largest - least) / 31
            let inverse = Extremes.inverse(scale)
            block.store(half: scale.halfBits, at: 0)
            block.store(half: least.halfBits, at: 2)
            return storeFiveBits(into: block + 4) { min(31, ((elements[$0] - least) * inverse + 0.5).integerPart) }
        }
        let (scale, least) = searched.scale(elements, importance)
        let (inverse, offset) = (Extremes.inverse(Float(half: scale)), Float(half: least))
        block.store(half: scale, at: 0)
        block.store(half: least, at: 2)
        storeFiveBits(into: block + 4) { ((elements[$0] - offset) * inverse).quant(highest: 31) }
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
