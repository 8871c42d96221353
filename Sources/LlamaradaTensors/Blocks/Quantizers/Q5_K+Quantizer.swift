extension Q5_K: BlockQuantizer {
    private static let parts = AffineKBlock(
        partCount: 32, largestMultiple: 63, weighsDeviation: true,
        search: AffineSearch(levels: 31, span: -0.5...1, count: 16))

    static func quantize(
        _ elements: UnsafePointer<Float>, importance: UnsafePointer<Float>?, into block: UnsafeMutableRawPointer
    ) {
        KBlock.withScratch(elements, importance) { scratch in
            let (d, dmin) = parts.quantize(scratch)
            block.store(half: d, at: 0)
            block.store(half: dmin, at: 2)
            Q4_K.storeScalesAndMinima(scratch, into: block + 4)
            KBlock.storeBits(4, of: scratch.quants, into: block + 16)
            Q4_K.storeNibbles(scratch.quants, into: block + 48)
        }
    }
}
