extension Q6_K: BlockQuantizer {
    private static let parts = SymmetricKBlock(levels: 32, scaleLevels: 128, trials: 16)

    static func quantize(
        _ elements: UnsafePointer<Float>, importance: UnsafePointer<Float>?, into block: UnsafeMutableRawPointer
    ) {
        KBlock.withScratch(elements, importance) { scratch in
            let d = parts.quantize(scratch)
            for half in 0..<2 {
                for lane in 0..<64 {
                    let first = scratch.quants + 128 * half + lane
                    block.storeBytes(
                        of: first[0] & 15 | first[64] &<< 4, toByteOffset: 64 * half + lane, as: UInt8.self)
                }
                for lane in 0..<32 {
                    let first = scratch.quants + 128 * half + lane
                    let upper =
                        first[0] &>> 4 | (first[32] &>> 4) &<< 2 | (first[64] &>> 4) &<< 4 | (first[96] &>> 4) &<< 6
                    block.storeBytes(of: upper, toByteOffset: 128 + 32 * half + lane, as: UInt8.self)
                }
            }
            (block + 192).copyMemory(from: scratch.scales, byteCount: 16)
            block.store(half: d, at: 208)
        }
    }
}
