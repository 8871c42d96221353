/// A K type whose parts of 16 values have a scale and no minimum: value = d · scale · q, scale and q of either sign.
struct SymmetricKBlock {
    /// q is from −levels to levels − 1.
    private let levels: Int32
    /// Scales are from −scaleLevels to scaleLevels − 1.
    private let scaleLevels: Float
    private let search: SymmetricSearch
    private static let partCount = 16
    private static let parts = KBlock.elementCount / partCount

    /// - Parameter trials: scales that are tried for a part, a multiple of 8.
    init(levels: Int32, scaleLevels: Float, trials: Int) {
        (self.levels, self.scaleLevels) = (levels, scaleLevels)
        search = SymmetricSearch(about: levels, trials: trials)
    }

    /// Fills the scratch's quants, from 0 on, and its scales, as two's complement; returns d as binary16.
    @inline(__always)
    func quantize(_ scratch: KBlock.Scratch) -> UInt16 {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.parts) { found in
            var largest: Float = 0
            for part in 0..<Self.parts {
                let values = scratch.part(part, Self.partCount)
                let first = part * Self.partCount
                SymmetricSearch.weigh(
                    values.values, importance: scratch.importance.map { $0 + first }, count: Self.partCount,
                    into: scratch.weights + first)
                let best = search.best(values) { $0.rounded(from: -levels, to: levels - 1) }
                found.initializeElement(at: part, to: best)
                if best.magnitude > largest.magnitude { largest = best }
            }
            let d = (largest / -scaleLevels).halfBits
            for part in 0..<Self.parts { store(part, found[part], Float(half: d), scratch) }
            return d
        }
    }

    private func store(_ part: Int, _ found: Float, _ unit: Float, _ scratch: KBlock.Scratch) {
        var scale = found.multiple(of: unit, from: -scaleLevels, to: scaleLevels - 1)
        if scratch.importance != nil { scale = nearby(scale, unit, scratch.part(part, Self.partCount)) }
        scratch.scales[part] = UInt8(bitPattern: Int8(scale))
        let (inverse, zero) = (Extremes.inverse(scale * unit), Float(levels))
        scratch.store(part, Self.partCount, highest: 2 * zero - 1) { $0 * inverse + zero }
    }

    /// The best of a part's multiple and its neighbours by the weighted square error of the values that they give.
    private func nearby(_ multiple: Float, _ unit: Float, _ part: WeightedValues) -> Float {
        // Seven scales, and the first once more.
        let steps = SIMD8<Float>(0, -1, 1, -2, 2, -3, 3, 0)
        let multiples = (SIMD8(repeating: multiple) + steps).clamped(
            lowerBound: SIMD8(repeating: -scaleLevels), upperBound: SIMD8(repeating: scaleLevels - 1))
        let scales = multiples * SIMD8(repeating: unit)
        var inverses = SIMD8<Float>(repeating: 0)
        for lane in 0..<8 { inverses[lane] = Extremes.inverse(scales[lane]) }
        var errors = SIMD8<Float>(repeating: 0)
        for index in 0..<part.count {
            let value = SIMD8(repeating: part.values[index])
            let difference = (value * inverses).rounded(from: -levels, to: levels - 1) * scales - value
            errors = errors + SIMD8(repeating: part.weights[index]) * difference * difference
        }
        let best = (0..<8).min { errors[$0] < errors[$1] } ?? 0
        return multiples[best]
    }
}
