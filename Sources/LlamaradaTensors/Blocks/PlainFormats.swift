/// IEEE 754 binary32.
enum F32: BlockFormat {
    static let elementCount = 1
    static let byteCount = 4

    static func dequantize(block: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>) {
        elements.pointee = block.loadUnaligned(as: Float.self)
    }

    static func dequantize(blockCount: Int, from blocks: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(elements).copyMemory(from: blocks, byteCount: blockCount * byteCount)
    }
}

/// IEEE 754 binary16.
enum F16: BlockFormat {
    static let elementCount = 1
    static let byteCount = 2

    static func dequantize(block: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>) {
        elements.pointee = block.half(at: 0)
    }
}

/// The upper 16 bits of a binary32.
enum BF16: BlockFormat {
    static let elementCount = 1
    static let byteCount = 2

    static func dequantize(block: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>) {
        elements.pointee = Float(bitPattern: UInt32(block.loadUnaligned(as: UInt16.self)) << 16)
    }
}
