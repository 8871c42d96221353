/// The layout of one block of elements, little endian, and its decoder.
///
/// A format provides the first three requirements; the loop over blocks is given. Block layouts are those of ggml's
/// `block_*` structures (ggml-common.h).
protocol BlockFormat {
    /// Elements in one block.
    static var elementCount: Int { get }
    /// Bytes of one block.
    static var byteCount: Int { get }
    /// Decodes one block at `block` (any alignment) to `elementCount` values.
    static func dequantize(block: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>)
    /// Decodes `blockCount` consecutive blocks.
    static func dequantize(blockCount: Int, from blocks: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>)
}

extension BlockFormat {
    static func dequantize(blockCount: Int, from blocks: UnsafeRawPointer, into elements: UnsafeMutablePointer<Float>) {
        for index in 0..<blockCount {
            dequantize(block: blocks + index * byteCount, into: elements + index * elementCount)
        }
    }
}

extension UnsafeRawPointer {
    /// The little-endian binary16 at `byteOffset`, widened.
    @inline(__always)
    func half(at byteOffset: Int) -> Float {
        Float(half: loadUnaligned(fromByteOffset: byteOffset, as: UInt16.self))
    }

    /// The 16 bytes at `byteOffset`, read before anything is written, so that the compiler need not fear overlap.
    @inline(__always)
    func sixteen(at byteOffset: Int) -> SIMD16<UInt8> {
        loadUnaligned(fromByteOffset: byteOffset, as: SIMD16<UInt8>.self)
    }
}

extension Float {
    /// The value of a binary16 given as bits: exact, including subnormals, infinities and the sign of zero.
    ///
    /// Integer operations and one exact multiplication, so that loops vectorise on processors without a conversion
    /// instruction in their baseline (x86-64 has none: the compiler would call a function for each element).
    @inline(__always)
    init(half bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16
        let magnitude = UInt32(bits & 0x7FFF)
        // The exponent bias grows by 127 - 15 = 112; the all-ones exponent of infinities and NaNs moves from 31 to 255.
        let normal = (magnitude << 13) &+ (magnitude < 0x7C00 ? 112 << 23 : 224 << 23)
        let subnormal = (Float(Int32(truncatingIfNeeded: magnitude)) * 0x1p-24).bitPattern
        self.init(bitPattern: sign | (magnitude < 0x0400 ? subnormal : normal))
    }
}

#if _endian(big)
    #error("Model files are little endian and are read in place")
#endif
