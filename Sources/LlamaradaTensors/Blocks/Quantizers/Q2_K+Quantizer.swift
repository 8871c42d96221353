extension Q2_K: BlockQuantizer {
    private static let parts = AffineKBlock(
        partCount: 16, largestMultiple: 15, weighsDeviation: false,
        search: AffineSearch(levels: 3, span: -0.5...1, count: 16))

    static func quantize(
        _ elements: UnsafePointer<Float>, importance: UnsafePointer<Float>?, into block: UnsafeMutableRawPointer
    ) {
        KBlock.withScratch(elements, importance) { scratch in
            let (d, dmin) = parts.quantize(scratch)
            for part in 0..<16 {
                block.storeBytes(
                    of: scratch.scales[part] | scratch.minima[part] &<< 4, toByteOffset: part, as: UInt8.self)
            }
            KBlock.storePairs(scratch.quants, into: block + 16)
            block.store(half: d, at: 80)
            block.store(half: dmin, at: 82)
        }
    }
}
