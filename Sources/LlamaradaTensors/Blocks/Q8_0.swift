/// `scale` f16, then 32 signed bytes: value = scale · q, exact in binary32 (11 + 8 significant bits).
enum Q8_0: BlockFormat {
    static let elementCount = 32
    static let byteCount = 2 + 32

    @inline(__always)
    static func dequantize(block: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>) {
        let scale = block.half(at: 0)
        let quants = block.loadUnaligned(fromByteOffset: 2, as: SIMD32<Int8>.self)
        for lane in 0..<32 {
            elements[lane] = scale * Float(quants[lane])
        }
    }
}
