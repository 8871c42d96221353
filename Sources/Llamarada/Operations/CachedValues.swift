/// Keys or values as a cache of some type holds them: heads of headDim elements.
package struct CachedValues {
    /// What the cache holds, exactly.
    package var values: [Float]
    /// The cache's words.
    package var words: [UInt32]

    package init(_ exact: [Float], _ type: KVCacheType, headDim: Int) {
        words = Self.words(exact, type, headDim: headDim)
        values = Self.floats(words, type, headDim: headDim)
    }

    /// Rounds to the cache's type, as `KVCacheType.rounded(_:headDim:)` does. Pairs of f16 share a word.
    package static func words(_ values: [Float], _ type: KVCacheType, headDim: Int) -> [UInt32] {
        switch type {
        case .f32: values.map(\.bitPattern)
        case .f16:
            stride(from: 0, to: values.count, by: 2).map { index in
                UInt32(half(values[index])) | UInt32(half(values[index + 1])) << 16
            }
        case .q8_0:
            stride(from: 0, to: values.count, by: headDim).flatMap { head in
                words(ofHead: Q8Block.blocks(values[head..<head + headDim], headDim: headDim))
            }
        }
    }

    private static func words(ofHead blocks: [Q8Block]) -> [UInt32] {
        func packed(_ parts: [UInt32], bits: Int) -> [UInt32] {
            let perWord = 32 / bits
            return stride(from: 0, to: parts.count, by: perWord).map { start in
                parts[start..<min(parts.count, start + perWord)].enumerated().reduce(0) {
                    $0 | $1.element << (bits * $1.offset)
                }
            }
        }
        return packed(blocks.map { UInt32($0.scale.bitPattern) }, bits: 16)
            + packed(blocks.flatMap(\.quants).map { UInt32(UInt8(bitPattern: $0)) }, bits: 8)
    }

    private static func half(_ value: Float) -> UInt16 { KVCacheType.half(value).bitPattern }

    /// What a cache's words mean.
    package static func floats(_ words: [UInt32], _ type: KVCacheType, headDim: Int) -> [Float] {
        guard type == .q8_0 else { return split(words, type).map { Float(value($0, type)) } }
        let perHead = type.wordCount(headDim: headDim)
        let scaleWords = KVCacheType.scaleWordCount(headDim: headDim)
        return stride(from: 0, to: words.count, by: perHead).flatMap { head in
            (0..<headDim).map { d in
                let block = d / KVCacheType.blockElementCount
                let scale = UInt16(truncatingIfNeeded: words[head + block / 2] >> (16 * UInt32(block % 2)))
                let quant = UInt8(truncatingIfNeeded: words[head + scaleWords + d / 4] >> (8 * UInt32(d % 4)))
                return Float(Float16(bitPattern: scale)) * Float(Int8(bitPattern: quant))
            }
        }
    }

    /// One element each of a cache's words; whole words where elements share a scale.
    package static func split(_ words: [UInt32], _ type: KVCacheType) -> [UInt32] {
        type == .f16 ? words.flatMap { [$0 & 0xFFFF, $0 >> 16] } : words
    }

    /// What an element of `split` means; a word of `q8_0` is only a number of its own.
    package static func value(_ element: UInt32, _ type: KVCacheType) -> Double {
        switch type {
        case .f32: Double(Float(bitPattern: element))
        case .f16: Double(Float16(bitPattern: UInt16(truncatingIfNeeded: element)))
        case .q8_0: Double(element)
        }
    }
}
