import Llamarada
import Testing

@Suite struct CacheWriteReferenceTests {
    @Test func cacheWriteRoundsAndReplaces() {
        var cache: [Float] = []
        // 1 + 2⁻¹² lies closer to 1 than to the next f16; 1 + 3·2⁻¹² closer to 1 + 2⁻¹⁰.
        let exact: [Float] = [1 + 0x1p-12, 1 + 0x3p-12, -70_000, 0x1p-25]
        let rounded: [Float] = [1, 1 + 0x1p-10, -65_504, 0]
        let x = Matrix(rows: 2, columns: 2, values: exact)
        Reference.cacheWrite(x, into: &cache, at: [0, 1], type: .f16, headDim: 2)
        #expect(cache == rounded)
        Reference.cacheWrite(x, into: &cache, at: [1, 2], type: .f32, headDim: 2)
        #expect(cache == rounded[..<2] + exact)
        Reference.cacheWrite(x.lastRow, into: &cache, at: [0], type: .f32, headDim: 2)
        #expect(cache == exact[2...] + exact)
    }

    @Test func finiteValuesStayFiniteAndOthersShow() {
        let values: [Float] = [65_504, 65_519.9, 65_520, 7e5, -7e5, .greatestFiniteMagnitude]
        let rounded = KVCacheType.f16.rounded(values, headDim: 2)
        #expect(rounded == [65_504, 65_504, 65_504, 65_504, -65_504, 65_504])
        let odd = KVCacheType.f16.rounded([.infinity, -.infinity, .nan, 1], headDim: 2)
        #expect(odd[0] == .infinity && odd[1] == -.infinity && odd[2].isNaN && odd[3] == 1)
        #expect(KVCacheType.f32.rounded([7e5], headDim: 1) == [7e5])
    }

    /// Blocks of 32 elements of each head, the last one shorter; half a scale is the most that an element is off.
    @Test(arguments: [2, 12, 32, 34, 64, 70, 128]) func blocksOfQ8(headDim: Int) {
        var random = RandomSource(seed: UInt64(headDim))
        let values = (0..<3 * headDim).map { _ in Float(random.nextUnit() * 8 - 4) }
        let rounded = KVCacheType.q8_0.rounded(values, headDim: headDim)
        for head in 0..<3 {
            for start in stride(from: 0, to: headDim, by: 32) {
                let range = head * headDim + start..<head * headDim + min(headDim, start + 32)
                let largest = values[range].reduce(0) { max($0, abs($1)) }
                let step = Float(Float16(largest / 127))
                for index in range {
                    let q = rounded[index] / step
                    #expect(q == q.rounded() && abs(q) <= 127)
                    #expect(abs(rounded[index] - values[index]) <= step * 0.5001 + largest * 0x1p-11)
                }
                #expect(rounded[range].contains { abs($0) == 127 * step })
            }
        }
        // What was rounded stays as it is, and words mean the same.
        #expect(KVCacheType.q8_0.rounded(rounded, headDim: headDim) == rounded)
        #expect(CachedValues(values, .q8_0, headDim: headDim).values == rounded)
    }

    @Test func ofQ8WhatIsNotFiniteShowsInItsBlock() {
        var values = [Float](repeating: 1, count: 70)
        for bad in [Float.nan, .infinity, -.infinity] {
            values[40] = bad
            let rounded = KVCacheType.q8_0.rounded(values, headDim: 70)
            #expect(rounded[32..<64].allSatisfy(\.isNaN) && (rounded[..<32] + rounded[64...]).allSatisfy(\.isFinite))
        }
        // Too large for an f16 scale, too small for one, and nothing at all.
        #expect(KVCacheType.q8_0.rounded([3e38, -1], headDim: 2) == [127 * 65_504, 0])
        #expect(KVCacheType.q8_0.rounded([1e-6, 1e-7], headDim: 2) == [0, 0])
        #expect(KVCacheType.q8_0.rounded([0, -0.0], headDim: 2) == [0, 0])
        // The middle goes up: 127 times a scale of 2⁻¹⁰ beside multiples and a half.
        let scale: Float = 0x1p-10
        let middles = KVCacheType.q8_0.rounded([127 * scale, 2.5 * scale, -2.5 * scale, 3.5 * scale], headDim: 4)
        #expect(middles == [127 * scale, 3 * scale, -2 * scale, 4 * scale])
    }
}
