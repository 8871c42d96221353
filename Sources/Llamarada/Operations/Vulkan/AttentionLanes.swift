import LlamaradaDevice

/// How the lanes of a workgroup share keys and values of one size.
struct AttentionLanes {
    /// Words of a chunk: what a lane loads at once.
    var (keyWords, valueWords) = (1, 1)
    /// Lanes that share a key.
    var keyLanes = 1
    /// Chunks of a lane.
    var (keyChunks, valueChunks) = (1, 1)
    /// Keys whose loads are under way together.
    var keysAtOnce = 1
    var subgroups = 1

    /// Floats of shared memory that streams of several subgroups meet in: 16 KiB, which every device has.
    private static let sharedCount = 4096

    init(
        _ keyType: KVCacheType, _ valueType: KVCacheType, headDim: Int, headsAtOnce: Int, subgroup: Int,
        _ tuning: KernelTuning
    ) {
        keyWords = keyType.chunkWordCount(headDim: headDim)
        valueWords = valueType.chunkWordCount(headDim: headDim)
        let keys = Grid.divideRoundingUp(keyType.valueWordCount(headDim: headDim), keyWords)
        let values = Grid.divideRoundingUp(valueType.valueWordCount(headDim: headDim), valueWords)
        func loads(_ lanes: Int) -> Int {
            lanes * (Grid.divideRoundingUp(keys, lanes) + Grid.divideRoundingUp(values, lanes))
        }
        // As many lanes as leave few without a chunk: the more, the fewer registers each takes.
        keyLanes = Self.powers(upTo: subgroup).last { 4 * loads($0) <= 5 * (keys + values) } ?? 1
        keyChunks = Grid.divideRoundingUp(keys, keyLanes)
        valueChunks = Grid.divideRoundingUp(values, keyLanes)
        keysAtOnce = Self.powers(upTo: tuning.attentionKeys).last { $0 * (keyChunks + valueChunks) <= 8 } ?? 1
        let width = 2 + keyLanes * valueChunks * valueType.chunkElementCount(words: valueWords)
        let most = min(tuning.attentionLanes / subgroup, Self.sharedCount / (width * headsAtOnce))
        subgroups = Self.powers(upTo: most).last ?? 1
    }

    private static func powers(upTo most: Int) -> [Int] {
        Array(sequence(first: 1) { 2 * $0 }.prefix { $0 <= most })
    }
}

extension KVCacheType {
    /// Words that a lane loads at once: 16 bytes where every head begins at a multiple of them.
    func chunkWordCount(headDim: Int) -> Int {
        self != .q8_0 && wordCount(headDim: headDim) % 4 == 0 ? 4 : 1
    }

    fileprivate func chunkElementCount(words: Int) -> Int {
        switch self {
        case .f16: 2 * words
        case .f32: words
        case .q8_0: 4 * words
        }
    }
}
