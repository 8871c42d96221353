/// A K type whose parts have a scale and a minimum: value = d · scale · q − dmin · minimum.
struct AffineKBlock {
    /// Values in a part.
    let partCount: Int
    /// The largest scale and minimum of a part.
    let largestMultiple: Float
    /// Whether the error in a value weighs its magnitude and the root of the part's mean square, or its magnitude alone.
    let weighsDeviation: Bool
    let search: AffineSearch

    /// Fills the scratch's quants, scales and minima; returns d and dmin as binary16.
    @inline(__always)
    func quantize(_ scratch: KBlock.Scratch) -> (d: UInt16, dmin: UInt16) {
        let parts = KBlock.elementCount / partCount
        return withUnsafeTemporaryAllocation(of: AffineScale.self, capacity: parts) { found in
            var largest = AffineScale()
            for part in 0..<parts {
                weigh(part, scratch)
                let best = search.best(scratch.part(part, partCount))
                found.initializeElement(at: part, to: best)
                largest.scale = max(largest.scale, best.scale)
                largest.minimum = max(largest.minimum, best.minimum)
            }
            let d = (largest.scale / largestMultiple).halfBits
            let dmin = (largest.minimum / largestMultiple).halfBits
            let unit = AffineScale(scale: Float(half: d), minimum: Float(half: dmin))
            for part in 0..<parts { store(part, found[part], unit, scratch) }
            return (d, dmin)
        }
    }

    private func weigh(_ part: Int, _ scratch: KBlock.Scratch) {
        if let importance = scratch.importance {
            let first = part * partCount
            return WeightedValues.weigh(
                scratch.values + first, importance: importance + first, count: partCount,
                into: scratch.weights + first)
        }
        let range = part * partCount..<(part + 1) * partCount
        var deviation: Float = 0
        if weighsDeviation {
            for index in range { deviation += scratch.values[index] * scratch.values[index] }
            deviation = (deviation / Float(partCount)).squareRoot()
        }
        for index in range { (scratch.weights + index).initialize(to: scratch.values[index].magnitude + deviation) }
    }

    /// Rounds a part's scale and minimum to multiples of the block's, and its values to the levels that these give.
    private func store(_ part: Int, _ found: AffineScale, _ unit: AffineScale, _ scratch: KBlock.Scratch) {
        let scale = found.scale.multiple(of: unit.scale, from: 0, to: largestMultiple)
        let multiple = found.minimum.multiple(of: unit.minimum, from: 0, to: largestMultiple)
        scratch.scales[part] = UInt8(scale)
        scratch.minima[part] = UInt8(multiple)
        let inverse = Extremes.inverse(scale * unit.scale)
        let minimum = multiple * unit.minimum
        scratch.store(part, partCount, highest: Float(search.levels)) { ($0 + minimum) * inverse }
    }
}
