/// How keys and values are kept between tokens.
public enum KVCacheType: String, Sendable, CaseIterable {
    /// 16-bit IEEE floats, 2 bytes an element: half the memory, 11 bits of precision.
    case f16
    /// 32-bit IEEE floats, 4 bytes an element: exactly what was computed.
    case f32
    /// Integers of 8 bits with an f16 scale for each 32 of a head: a bit more than a quarter of the memory.
    case q8_0

    /// Elements of a block of `q8_0`; a head's last block may have fewer.
    package static let blockElementCount = 32

    /// Words that one head of one position takes on a device.
    ///
    /// A head of `q8_0` begins with the scales of its blocks, two in a word, before four quants in a word.
    package func wordCount(headDim: Int) -> Int {
        switch self {
        case .f16: (headDim + 1) / 2
        case .f32: headDim
        case .q8_0: Self.scaleWordCount(headDim: headDim) + (headDim + 3) / 4
        }
    }

    /// Words of a head that hold scales, where the type is `q8_0`.
    package static func scaleWordCount(headDim: Int) -> Int {
        (headDim + 2 * blockElementCount - 1) / (2 * blockElementCount)
    }

    /// Words of a head that hold values: what attention's lanes share among them.
    package func valueWordCount(headDim: Int) -> Int {
        self == .q8_0 ? (headDim + 3) / 4 : wordCount(headDim: headDim)
    }

    /// Bytes that one head of one position takes on a device.
    public func byteCount(headDim: Int) -> Int { 4 * wordCount(headDim: headDim) }
}

extension KVCacheType {
    /// Every type of keys with every type of values, the usual pair first.
    package static let pairs: [(keys: KVCacheType, values: KVCacheType)] = allCases.flatMap { keys in
        allCases.map { (keys, $0) }
    }
}
