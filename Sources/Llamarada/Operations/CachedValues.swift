package import Llamarada

/// Keys or values as a cache of some type holds them.
struct CachedValues {
    /// What the cache holds, exactly.
    var values: [Float]
    /// The cache's words.
    var words: [UInt32]

    init(_ exact: [Float], _ type: KVCacheType) {
        words = Self.words(exact, type)
        values = Self.split(words, type).map { Float(Self.value($0, type)) }
    }

    /// Rounds to the cache's type, as `KVCacheType.rounded(_:)` does. Pairs of f16 share a word.
    static func words(_ values: [Float], _ type: KVCacheType) -> [UInt32] {
        switch type {
        case .f32: values.map(\.bitPattern)
        case .f16:
            stride(from: 0, to: values.count, by: 2).map { index in
                UInt32(half(values[index])) | UInt32(half(values[index + 1])) << 16
            }
        }
    }

    private static func half(_ value: Float) -> UInt16 { KVCacheType.half(value).bitPattern }

    /// What a cache's words mean.
    static func floats(_ words: [UInt32], _ type: KVCacheType) -> [Float] {
        split(words, type).map { Float(value($0, type)) }
    }

    /// One element each of a cache's words.
    static func split(_ words: [UInt32], _ type: KVCacheType) -> [UInt32] {
        type == .f32 ? words : words.flatMap { [$0 & 0xFFFF, $0 >> 16] }
    }

    /// What an element of `split` means.
    static func value(_ element: UInt32, _ type: KVCacheType) -> Double {
        type == .f32
            ? Double(Float(bitPattern: element)) : Double(Float16(bitPattern: UInt16(truncatingIfNeeded: element)))
    }
}
