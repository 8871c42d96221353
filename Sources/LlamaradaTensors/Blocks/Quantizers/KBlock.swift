/// What the K types have in common: 256 values in parts, each with a scale that is a small multiple of the block's.
enum KBlock {
    static let elementCount = 256

    /// A block on its way: values and weights, quants, and what each part has.
    struct Scratch {
        let values: UnsafePointer<Float>
        /// What an error in each value weighs besides; nil where that is the same for all.
        let importance: UnsafePointer<Float>?
        let weights: UnsafeMutablePointer<Float>
        /// A quant for each value.
        let quants: UnsafeMutablePointer<UInt8>
        /// A scale for each part, as the block will store it.
        let scales: UnsafeMutablePointer<UInt8>
        /// A minimum for each part, where the type has them.
        let minima: UnsafeMutablePointer<UInt8>

        /// Part `index` of `count` values.
        func part(_ index: Int, _ count: Int) -> WeightedValues {
            WeightedValues(values: values + index * count, weights: weights + index * count, count: count)
        }

        /// Stores the quants of a part: what `level` gives for each value, rounded, from 0 to `highest`.
        @inline(__always)
        func store(_ part: Int, _ count: Int, highest: Float, _ level: (Float) -> Float) {
            for index in part * count..<(part + 1) * count {
                quants[index] = UInt8(truncatingIfNeeded: level(values[index]).quant(highest: highest))
            }
        }
    }

    /// Calls `body` with the values and room for the rest.
    @inline(__always)
    static func withScratch(
        _ elements: UnsafePointer<Float>, _ importance: UnsafePointer<Float>?, _ body: (Scratch) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: elementCount) { weights in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: elementCount + 32) { bytes in
                guard let weights = weights.baseAddress, let bytes = bytes.baseAddress else { return }
                body(
                    Scratch(
                        values: elements, importance: importance, weights: weights, quants: bytes,
                        scales: bytes + elementCount, minima: bytes + elementCount + 16))
            }
        }
    }

    /// Stores 64 bytes that hold two bits of each quant, as `Q2_K` has them.
    @inline(__always)
    static func storePairs(_ quants: UnsafePointer<UInt8>, into bytes: UnsafeMutableRawPointer) {
        for half in 0..<2 {
            for lane in 0..<32 {
                let first = quants + 128 * half + lane
                let pairs =
                    first[0] & 3 | (first[32] & 3) &<< 2 | (first[64] & 3) &<< 4 | (first[96] & 3) &<< 6
                bytes.storeBytes(of: pairs, toByteOffset: 32 * half + lane, as: UInt8.self)
            }
        }
    }

    /// Stores 32 bytes with one bit of each quant: bit p of byte i is that of element 32 · p + i.
    @inline(__always)
    static func storeBits(_ bit: UInt8, of quants: UnsafePointer<UInt8>, into bytes: UnsafeMutableRawPointer) {
        for lane in 0..<32 {
            var bits: UInt8 = 0
            for part in 0..<8 { bits |= (quants[32 * part + lane] &>> bit & 1) &<< UInt8(part) }
            bytes.storeBytes(of: bits, toByteOffset: lane, as: UInt8.self)
        }
    }
}

extension Float {
    /// The nearest multiple of `unit`, one of `low` to `high`; 0 where the unit is too small to divide by.
    @inline(__always)
    func multiple(of unit: Float, from low: Float, to high: Float) -> Float {
        let inverse = Extremes.inverse(unit)
        return Swift.max(low, Swift.min(high, self * inverse)).rounded()
    }
}
