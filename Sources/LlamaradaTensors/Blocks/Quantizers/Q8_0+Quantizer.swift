extension Q8_0: BlockQuantizer {
    /// Quant ±127 is the value farthest from zero; halves are rounded away from zero.
    @inline(__always)
    static func quantize(
        _ elements: UnsafePointer<Float>, importance: UnsafePointer<Float>?, into block: UnsafeMutableRawPointer
    ) {
        let scale = Float(bitPattern: Extremes.largestMagnitudeBits(elements, count: 32)) / 127
        let inverse = Extremes.inverse(scale)
        block.store(half: scale.halfBits, at: 0)
        for lane in 0..<32 {
            let value = elements[lane] * inverse
            // Not (|value| + 0.5), which rounds up what is just below a half.
            let whole = value.magnitude.integerPart
            let isUpper = value.magnitude - Float(Int32(truncatingIfNeeded: whole)) >= 0.5
            let quant = Int32(truncatingIfNeeded: isUpper ? whole &+ 1 : whole)
            block.storeBytes(
                of: Int8(truncatingIfNeeded: value < 0 ? 0 &- quant : quant), toByteOffset: 2 + lane, as: Int8.self)
        }
    }
}
