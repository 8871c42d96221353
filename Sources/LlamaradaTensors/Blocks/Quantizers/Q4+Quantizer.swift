extension Q4_0: BlockQuantizer {
    private static let searched = SearchedBlock.Symmetric(levels: 8)

    /// Quant −8 is the value farthest from zero, whose sign the scale has; where importance is known the scale is looked
    /// for.
    @inline(__always)
    static func quantize(
        _ elements: UnsafePointer<Float>, importance: UnsafePointer<Float>?, into block: UnsafeMutableRawPointer
    ) {
        guard let importance else {
            let scale = Extremes.farthest(elements, count: 32) / -8
            let inverse = Extremes.inverse(scale)
            block.store(half: scale.halfBits, at: 0)
            return storeNibbles(into: block + 2) { min(15, (elements[$0] * inverse + 8.5).integerPart) }
        }
        let scale = searched.scale(elements, importance).halfBits
        let inverse = Extremes.inverse(Float(half: scale))
        block.store(half: scale, at: 0)
        storeNibbles(into: block + 2) { (elements[$0] * inverse + 8).quant(highest: 15) }
    }
}

extension Q4_1: BlockQuantizer {
    private static let searched = SearchedBlock.Affine(levels: 15)

    /// Quants 0 and 15 are the least and the largest value; where importance is known both are looked for.
    @inline(__always)
    static func quantize(
        _ elements: UnsafePointer<Float>, importance: UnsafePointer<Float>?, into block: UnsafeMutableRawPointer
    ) {
        guard let importance else {
            let (least, largest) = Extremes.range(elements, count: 32)
            let scale = (largest - least) / 15
            let inverse = Extremes.inverse(scale)
            block.store(half: scale.halfBits, at: 0)
            block.store(half: least.halfBits, at: 2)
            return storeNibbles(into: block + 4) { min(15, ((elements[$0] - least) * inverse + 0.5).integerPart) }
        }
        let (scale, least) = searched.scale(elements, importance)
        let (inverse, offset) = (Extremes.inverse(Float(half: scale)), Float(half: least))
        block.store(half: scale, at: 0)
        block.store(half: least, at: 2)
        storeNibbles(into: block + 4) { ((elements[$0] - offset) * inverse).quant(highest: 15) }
    }
}

/// Stores 16 bytes of nibbles, as `Q4_0` has them.
@inline(__always)
private func storeNibbles(into bytes: UnsafeMutableRawPointer, _ quant: (Int) -> UInt32) {
    for lane in 0..<16 {
        let (low, high) = (quant(lane), quant(lane + 16))
        bytes.storeBytes(of: UInt8(truncatingIfNeeded: low | high &<< 4), toByteOffset: lane, as: UInt8.self)
    }
}
