/// Keys or values as a cache of some type holds them.
package struct CachedValues {
    /// What the cache holds, exactly.
    package var values: [Float]
    /// The cache's words.
    package var words: [UInt32]

    package init(_ exact: [Float], _ type: KVCacheType) {
        words = Self.words(exact, type)
        values = Self.split(words, type).map { Float(Self.value($0, type)) }
    }

    /// Rounds to the cache's type, as `KVCacheType.rounded(_:)` does. Pairs of f16 share a word.
    package static func words(_ values: [Float], _ type: KVCacheType) -> [UInt32] {
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
    package static func floats(_ words: [UInt32], _ type: KVCacheType) -> [Float] {
        split(words, type).map { Float(value($0, type)) }
    }

    /// One element each of a cache's words.
    package static func split(_ words: [UInt32], _ type: KVCacheType) -> [UInt32] {
        type == .f32 ? words : words.flatMap { [$0 & 0xFFFF, $0 >> 16] }
    }

    /// What an element of `split` means.
    package static func value(_ element: UInt32, _ type: KVCacheType) -> Double {
        type == .f32
            ? Double(Float(bitPattern: element)) : Double(Float16(bitPattern: UInt16(truncatingIfNeeded: element)))
    }
}
