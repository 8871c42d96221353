import Llamarada
import Testing

@Suite struct CacheWriteReferenceTests {
    @Test func cacheWriteRoundsAndReplaces() {
        var cache: [Float] = []
        // 1 + 2⁻¹² lies closer to 1 than to the next f16; 1 + 3·2⁻¹² closer to 1 + 2⁻¹⁰.
        let exact: [Float] = [1 + 0x1p-12, 1 + 0x3p-12, -70_000, 0x1p-25]
        let rounded: [Float] = [1, 1 + 0x1p-10, -65_504, 0]
        let x = Matrix(rows: 2, columns: 2, values: exact)
        Reference.cacheWrite(x, into: &cache, at: [0, 1], type: .f16)
        #expect(cache == rounded)
        Reference.cacheWrite(x, into: &cache, at: [1, 2], type: .f32)
        #expect(cache == rounded[..<2] + exact)
        Reference.cacheWrite(x.lastRow, into: &cache, at: [0], type: .f32)
        #expect(cache == exact[2...] + exact)
    }

    @Test func finiteValuesStayFiniteAndOthersShow() {
        let values: [Float] = [65_504, 65_519.9, 65_520, 7e5, -7e5, .greatestFiniteMagnitude]
        #expect(values.map(KVCacheType.f16.rounded) == [65_504, 65_504, 65_504, 65_504, -65_504, 65_504])
        #expect(KVCacheType.f16.rounded(.infinity) == .infinity)
        #expect(KVCacheType.f16.rounded(-.infinity) == -.infinity)
        #expect(KVCacheType.f16.rounded(.nan).isNaN)
        #expect(KVCacheType.f32.rounded(7e5) == 7e5)
    }
}
