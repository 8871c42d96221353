extension Q4_0: BlockQuantizer {
    /// Quant −8 is the value farthest from zero, whose sign the scale has.
    @inline(__always)
    static func quantize(_ elements: UnsafePointer<Float>, into block: UnsafeMutableRawPointer) {
        let scale = Extremes.farthest(elements, count: 32) / -8
        let inverse = Extremes.inverse(scale)
        block.store(half: scale.halfBits, at: 0)
        for lane in 0..<16 {
            let low = min(15, (elements[lane] * inverse + 8.5).integerPart)
            let high = min(15, (elements[lane + 16] * inverse + 8.5).integerPart)
            block.storeBytes(of: UInt8(truncatingIfNeeded: low | high &<< 4), toByteOffset: 2 + lane, as: UInt8.self)
        }
    }
}

extension Q4_1: BlockQuantizer {
    /// Quants 0 and 15 are the least and the largest value.
    @inline(__always)
    static func quantize(_ elements: UnsafePointer<Float>, into block: UnsafeMutableRawPointer) {
        let (least, largest) = Extremes.range(elements, count: 32)
        let scale = (largest - least) / 15
        let inverse = Extremes.inverse(scale)
        block.store(half: scale.halfBits, at: 0)
        block.store(half: least.halfBits, at: 2)
        for lane in 0..<16 {
            let low = min(15, ((elements[lane] - least) * inverse + 0.5).integerPart)
            let high = min(15, ((elements[lane + 16] - least) * inverse + 0.5).integerPart)
            block.storeBytes(of: UInt8(truncatingIfNeeded: low | high &<< 4), toByteOffset: 4 + lane, as: UInt8.self)
        }
    }
}
