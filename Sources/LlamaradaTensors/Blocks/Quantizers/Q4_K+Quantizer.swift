extension Q4_K: BlockQuantizer {
    private static let parts = AffineKBlock(
        partCount: 32, largestMultiple: 63, weighsDeviation: true,
        search: AffineSearch(levels: 15, span: -1...1, count: 16))

    static func quantize(
        _ elements: UnsafePointer<Float>, importance: UnsafePointer<Float>?, into block: UnsafeMutableRawPointer
    ) {
        KBlock.withScratch(elements, importance) { scratch in
            let (d, dmin) = parts.quantize(scratch)
            block.store(half: d, at: 0)
            block.store(half: dmin, at: 2)
            storeScalesAndMinima(scratch, into: block + 4)
            storeNibbles(scratch.quants, into: block + 16)
        }
    }

    /// Stores eight scales and minima of 6 bits in 12 bytes; `scaleAndMinimum` reads them.
    @inline(__always)
    static func storeScalesAndMinima(_ scratch: KBlock.Scratch, into bytes: UnsafeMutableRawPointer) {
        let (scales, minima) = (scratch.scales, scratch.minima)
        for part in 0..<4 {
            let (upperScale, upperMinimum) = (scales[part + 4], minima[part + 4])
            bytes.storeBytes(of: scales[part] | (upperScale &>> 4) &<< 6, toByteOffset: part, as: UInt8.self)
            bytes.storeBytes(of: minima[part] | (upperMinimum &>> 4) &<< 6, toByteOffset: part + 4, as: UInt8.self)
            bytes.storeBytes(of: upperScale & 15 | upperMinimum &<< 4, toByteOffset: part + 8, as: UInt8.self)
        }
    }

    /// Stores the low four bits of 256 quants in 128 bytes.
    @inline(__always)
    static func storeNibbles(_ quants: UnsafePointer<UInt8>, into bytes: UnsafeMutableRawPointer) {
        for pair in 0..<4 {
            for lane in 0..<32 {
                let first = quants + 64 * pair + lane
                bytes.storeBytes(of: first[0] & 15 | first[32] &<< 4, toByteOffset: 32 * pair + lane, as: UInt8.self)
            }
        }
    }
}
