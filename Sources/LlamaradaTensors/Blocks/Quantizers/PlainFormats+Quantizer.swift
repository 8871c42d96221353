extension F32: BlockQuantizer {
    static func quantize(
        _ elements: UnsafePointer<Float>, importance: UnsafePointer<Float>?, into block: UnsafeMutableRawPointer
    ) {
        block.storeBytes(of: elements.pointee, as: Float.self)
    }
}

extension F16: BlockQuantizer {
    @inline(__always)
    static func quantize(
        _ elements: UnsafePointer<Float>, importance: UnsafePointer<Float>?, into block: UnsafeMutableRawPointer
    ) {
        block.store(half: elements.pointee.halfBits, at: 0)
    }
}

extension BF16: BlockQuantizer {
    /// The nearest one, ties to even.
    @inline(__always)
    static func quantize(
        _ elements: UnsafePointer<Float>, importance: UnsafePointer<Float>?, into block: UnsafeMutableRawPointer
    ) {
        let bits = elements.pointee.bitPattern
        block.store(half: UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16), at: 0)
    }
}
