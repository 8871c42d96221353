// swift-format-ignore: AlwaysUseLowerCamelCase
/// How the elements of a tensor are stored; the raw value is the type id that GGUF files use.
///
/// Every type stores rows as whole blocks: a plain type is a block of one element. A new block format is one more case
/// here and one more `BlockFormat`. Case names are the formats' own.
public enum ElementType: UInt32, CaseIterable, Sendable {
    /// IEEE 754 binary32.
    case f32 = 0
    /// IEEE 754 binary16.
    case f16 = 1
    /// 32 elements of 4 bits with one scale.
    case q4_0 = 2
    /// 32 elements of 4 bits with a scale and a minimum.
    case q4_1 = 3
    /// 32 elements of 5 bits with one scale.
    case q5_0 = 6
    /// 32 elements of 5 bits with a scale and a minimum.
    case q5_1 = 7
    /// 32 elements of 8 bits with one scale.
    case q8_0 = 8
    /// 256 elements of 2 bits with scales and minima of 4 bits for each 16, and a factor for each of them.
    case q2_K = 10
    /// 256 elements of 3 bits with scales of 6 bits for each 16, and a factor.
    case q3_K = 11
    /// 256 elements of 4 bits with scales and minima of 6 bits for each 32, and a factor for both.
    case q4_K = 12
    /// 256 elements of 5 bits with scales and minima of 6 bits for each 32, and a factor for each of them.
    case q5_K = 13
    /// 256 elements of 6 bits with scales of 8 bits for each 16, and a factor.
    case q6_K = 14
    /// 32 elements of 4 bits that choose from uneven levels, with one scale.
    case iq4_NL = 20
    /// 256 elements of 4 bits that choose from uneven levels, with scales of 6 bits for each 32, and a factor.
    case iq4_XS = 23
    /// The upper half of a binary32.
    case bf16 = 30
    /// 32 floats of 4 bits with one exponent of 8 bits.
    case mxfp4 = 39

    /// The layout of one block and its decoder.
    var format: any BlockFormat.Type {
        switch self {
        case .f32: F32.self
        case .f16: F16.self
        case .bf16: BF16.self
        case .q4_0: Q4_0.self
        case .q4_1: Q4_1.self
        case .q5_0: Q5_0.self
        case .q5_1: Q5_1.self
        case .q8_0: Q8_0.self
        case .q2_K: Q2_K.self
        case .q3_K: Q3_K.self
        case .q4_K: Q4_K.self
        case .q5_K: Q5_K.self
        case .q6_K: Q6_K.self
        case .iq4_NL: IQ4_NL.self
        case .iq4_XS: IQ4_XS.self
        case .mxfp4: MXFP4.self
        }
    }
}

extension ElementType: CustomStringConvertible {
    /// The usual name, such as `Q4_0`.
    public var name: String { Self.name(ofID: rawValue) ?? "type \(rawValue)" }

    /// The usual name, such as `Q4_0`.
    public var description: String { name }

    /// Elements in one block.
    public var blockElementCount: Int { format.elementCount }

    /// Bytes of one block.
    public var blockByteCount: Int { format.byteCount }

    /// Stored bits for each element, scales included.
    public var bitsPerElement: Double { Double(8 * blockByteCount) / Double(blockElementCount) }

    /// The bytes that `elementCount` elements take, or nil where that is no whole number of blocks or overflows.
    public func byteCount(elementCount: Int) -> Int? {
        let (blocks, rest) = elementCount.quotientAndRemainder(dividingBy: blockElementCount)
        let (bytes, overflow) = blocks.multipliedReportingOverflow(by: blockByteCount)
        return rest == 0 && elementCount >= 0 && !overflow ? bytes : nil
    }

    /// Decodes whole blocks to the exact values that the file holds.
    ///
    /// `bytes` holds the blocks of exactly `elements.count` elements, at any alignment; anything else is a programming
    /// error and traps.
    public func dequantize(_ bytes: UnsafeRawBufferPointer, into elements: UnsafeMutableBufferPointer<Float>) {
        precondition(
            byteCount(elementCount: elements.count) == bytes.count,
            "dequantize: \(bytes.count) bytes of \(name) are not \(elements.count) elements")
        guard let source = bytes.baseAddress, let target = elements.baseAddress else { return }
        format.dequantize(blockCount: elements.count / blockElementCount, from: source, into: target)
    }
}
