extension Q3_K: BlockQuantizer {
    private static let parts = SymmetricKBlock(levels: 4, scaleLevels: 32, trials: 8)

    static func quantize(
        _ elements: UnsafePointer<Float>, importance: UnsafePointer<Float>?, into block: UnsafeMutableRawPointer
    ) {
        KBlock.withScratch(elements, importance) { scratch in
            let d = parts.quantize(scratch)
            KBlock.storeBits(2, of: scratch.quants, into: block)
            KBlock.storePairs(scratch.quants, into: block + 32)
            storeScales(scratch.scales, into: block + 96)
            block.store(half: d, at: 108)
        }
    }

    /// Stores sixteen scales, plus 32 each, in 12 bytes.
    @inline(__always)
    private static func storeScales(_ scales: UnsafePointer<UInt8>, into bytes: UnsafeMutableRawPointer) {
        func scale(_ part: Int) -> UInt8 { scales[part] &+ 32 }
        for part in 0..<8 {
            bytes.storeBytes(of: scale(part) & 15 | scale(part + 8) &<< 4, toByteOffset: part, as: UInt8.self)
        }
        for part in 0..<4 {
            let upper = (0..<4).reduce(UInt8(0)) { $0 | (scale(part + 4 * $1) &>> 4) &<< UInt8(2 * $1) }
            bytes.storeBytes(of: upper, toByteOffset: 8 + part, as: UInt8.self)
        }
    }
}
