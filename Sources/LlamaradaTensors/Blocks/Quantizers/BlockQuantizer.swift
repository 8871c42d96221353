/// A block format that can also be written: from values to the block that stands for them best.
///
/// Values are finite and at most `ElementType.largestQuantizable` in magnitude.
protocol BlockQuantizer: BlockFormat {
    /// Writes the block for the `elementCount` values at `elements` to `block`, of any alignment.
    ///
    /// - Parameter importance: what an error in each value weighs, positive numbers; nil where that is for the format to
    ///   say. Formats with one scale that is right ignore it.
    static func quantize(
        _ elements: UnsafePointer<Float>, importance: UnsafePointer<Float>?, into block: UnsafeMutableRawPointer)
    /// Writes `blockCount` consecutive blocks.
    static func quantize(
        blockCount: Int, from elements: UnsafePointer<Float>, importance: ColumnImportance?,
        into blocks: UnsafeMutableRawPointer)
}

extension BlockQuantizer {
    static func quantize(
        blockCount: Int, from elements: UnsafePointer<Float>, importance: ColumnImportance?,
        into blocks: UnsafeMutableRawPointer
    ) {
        guard let importance, let columns = importance.columns.baseAddress else {
            for index in 0..<blockCount {
                quantize(elements + index * elementCount, importance: nil, into: blocks + index * byteCount)
            }
            return
        }
        var column = importance.first
        for index in 0..<blockCount {
            quantize(
                elements + index * elementCount, importance: columns + column, into: blocks + index * byteCount)
            column += elementCount
            if column == importance.columns.count { column = 0 }
        }
    }
}

extension UnsafeMutableRawPointer {
    /// Stores a binary16, given as bits, little endian.
    @inline(__always)
    func store(half bits: UInt16, at byteOffset: Int) {
        storeBytes(of: bits, toByteOffset: byteOffset, as: UInt16.self)
    }
}

extension Float {
    /// The nearest binary16, ties to even, as bits; what is too large becomes infinite, and a NaN stays one.
    ///
    /// Integer operations and one addition without branches, because the compiler would call a function for each
    /// conversion and vectorise nothing.
    @inline(__always)
    package var halfBits: UInt16 {
        let sign = UInt16(truncatingIfNeeded: (bitPattern >> 16) & 0x8000)
        let magnitude = bitPattern & 0x7FFF_FFFF
        // Below 2⁻¹⁴ binary16 is subnormal: adding 1/2 leaves magnitude · 2²⁴ rounded in the lowest bits.
        let subnormal = (Float(bitPattern: magnitude) + 0.5).bitPattern
        let normal = (magnitude &+ 0x0FFF &+ ((magnitude >> 13) & 1) &- (112 << 23)) >> 13
        // From 65,520 on, half a step above the largest.
        let large: UInt32 = magnitude > 0x7F80_0000 ? 0x7E00 : 0x7C00
        let finite = magnitude < 0x3880_0000 ? subnormal : normal
        return sign | UInt16(truncatingIfNeeded: magnitude < 0x477F_F000 ? finite : large)
    }

    /// The integer part of a number from 0 to 2²², as the lowest bits of the result.
    ///
    /// Swift's own conversion traps where a number does not fit, which keeps loops from being vectorised; this one is
    /// two additions and a comparison.
    @inline(__always)
    var integerPart: UInt32 {
        let rounded = (self + 0x1p23) - 0x1p23
        return ((rounded > self ? rounded - 1 : rounded) + 0x1p23).bitPattern & 0x7F_FFFF
    }
}
