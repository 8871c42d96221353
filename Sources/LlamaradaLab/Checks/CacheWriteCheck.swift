import Llamarada

extension Checks {
    static let cacheWrite: [CheckCase] = KVCacheType.allCases.flatMap { type in
        [
            (1, 1, 2), (7, 1, 10), (2, 1, 34), (9, 3, 64), (33, 9, 64), (8, 8, 128), (2, 32, 128), (5, 3, 66),
            (3, 2, 96),
        ].map { tokens, heads, headDim in
            cacheWriteCase(type, tokens: tokens, heads: heads, headDim: headDim, edges: false)
        } + [
            cacheWriteCase(type, tokens: 5, heads: 1, headDim: 64, edges: true),
            cacheWriteCase(type, tokens: 40, heads: 1, headDim: 2, edges: true),
        ]
    }

    private static func cacheWriteCase(
        _ type: KVCacheType, tokens: Int, heads: Int, headDim: Int, edges: Bool
    ) -> CheckCase {
        let kvDim = heads * headDim
        return CheckCase(
            operation: "CacheWrite", variant: type.variantName,
            shape: "(\(tokens), \(heads) × \(headDim))" + (edges ? " edges" : ""),
            bound: .identical
        ) { trial in
            var random = trial.random
            var rows = random.floats(tokens * kvDim, scale: 5)
            if edges { for (index, value) in edgeValues.enumerated() { rows[index] = value } }
            let positions = (0..<tokens).map { 1 + ($0 * 3) % (tokens % 3 == 0 ? tokens + 1 : tokens) }
            let paged = PagedRows(positions: positions, sequences: 2, fillingUp: tokens > 6 ? [tokens / 2] : [])
            let rowWords = heads * type.wordCount(headDim: headDim)
            var expected = [UInt32](repeating: Trial.poison, count: paged.placeCount * rowWords)
            for token in positions.indices {
                guard let place = paged.place(ofRow: token) else { continue }
                let words = CachedValues.words(Array(rows[token * kvDim..<(token + 1) * kvDim]), type, headDim: headDim)
                expected.replaceSubrange(place * rowWords..<(place + 1) * rowWords, with: words)
            }
            let wanted = expected
            let x = trial.input(rows)
            let cacheRows = paged.input(trial)
            let cache = trial.output(UInt32.self, count: expected.count)
            try trial.run { pass, copy in
                pass.cacheWrite(x, cacheRows, into: cache.views[copy], type: type, headDim: headDim)
            } measure: {
                Measurement(
                    actual: CachedValues.split(trial.values(cache), type), expected: CachedValues.split(wanted, type)
                ) { CachedValues.value($0, type) }
            }
        }
    }

    /// Ties between two f16 values, both ends of f16, its subnormals, and what is too small and too large for it.
    private static let edgeValues: [Float] = [
        1 + 0x1p-11, 1 + 0x3p-11, 1 + 0x1.004p-11, -1 - 0x1p-11, 2048.5, 2049, 2051, 65_504, 65_519, -65_504, 65_520,
        -7e5,
        .greatestFiniteMagnitude, .infinity, -.infinity,
        0x1p-14, 0x1p-15, 0x1.FFCp-15, 0x1.FFFp-15, 0x1p-24, 0x1p-25, 0x1.8p-24, 0x1.002p-25, 0x3p-24, 0x5p-25,
        -0x7p-25,
        1e-10, 0, -0.0, 0.1, 0.333333, 1e-5, -3e-6,
    ]
}

extension KVCacheType {
    /// As the kernels' variants are called.
    var variantName: String { rawValue.uppercased() }
}
