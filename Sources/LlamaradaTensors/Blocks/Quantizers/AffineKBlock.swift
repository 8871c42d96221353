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
            for part in 0..<parts {
                weigh(part, scratch)
                found.initializeElement(at: part, to: search.best(scratch.part(part, partCount)))
            }
            let even = Units(largest(found), dividedBy: largestMultiple)
            guard scratch.importance == nil else { return quantize(Array(found), even, scratch) }
            for part in 0..<parts {
                store(part, even.multiples(of: found[part], to: largestMultiple), even, scratch)
            }
            return (even.d, even.dmin)
        }
    }

    /// Where it is known what errors weigh: by the better of two pairs of units, and the best multiples of them.
    private func quantize(
        _ found: [AffineScale], _ even: Units, _ scratch: KBlock.Scratch
    ) -> (d: UInt16, dmin: UInt16) {
        let weights = found.indices.map { part in
            (part * partCount..<(part + 1) * partCount).reduce(Float(0)) { $0 + scratch.weights[$1] }
        }
        let searched = Units(
            AffineScale(
                scale: UnitSearch.unit(of: found.map(\.scale), weights, largestMultiple: largestMultiple),
                minimum: UnitSearch.unit(of: found.map(\.minimum), weights, largestMultiple: largestMultiple)),
            dividedBy: 1)
        let (one, other) = (multiples(found, even, scratch), multiples(found, searched, scratch))
        let (units, best) = other.error < one.error ? (searched, other) : (even, one)
        for part in found.indices { store(part, best.parts[part], units, scratch) }
        return (units.d, units.dmin)
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

    private func largest(_ found: UnsafeMutableBufferPointer<AffineScale>) -> AffineScale {
        var largest = AffineScale()
        for part in found {
            largest.scale = max(largest.scale, part.scale)
            largest.minimum = max(largest.minimum, part.minimum)
        }
        return largest
    }

    /// The best multiples of each part, and the weighted square error that all of them leave.
    private func multiples(
        _ found: [AffineScale], _ units: Units, _ scratch: KBlock.Scratch
    ) -> (parts: [AffineScale], error: Float) {
        var error: Float = 0
        let parts = found.indices.map { part in
            let nearest = units.multiples(of: found[part], to: largestMultiple)
            let (best, left) = nearby(nearest, units.values, scratch.part(part, partCount))
            error += left
            return best
        }
        return (parts, error)
    }

    /// The best of a part's multiples and their neighbours, and the weighted square error that it leaves.
    private func nearby(
        _ multiples: AffineScale, _ unit: AffineScale, _ part: WeightedValues
    ) -> (multiples: AffineScale, error: Float) {
        var (best, least) = (multiples, Float.infinity)
        for minimumStep: Float in [0, -1, 1] {
            let minimum = multiples.minimum + minimumStep
            guard 0...largestMultiple ~= minimum else { continue }
            // Five scales; the other lanes are the first once more.
            let steps = SIMD8<Float>(0, -1, 1, -2, 2, 0, 0, 0)
            let bounded = (SIMD8(repeating: multiples.scale) + steps).clamped(
                lowerBound: SIMD8(repeating: 0), upperBound: SIMD8(repeating: largestMultiple))
            let scales = bounded * SIMD8(repeating: unit.scale)
            var inverses = SIMD8<Float>(repeating: 0)
            for lane in 0..<8 { inverses[lane] = Extremes.inverse(scales[lane]) }
            let offset = SIMD8(repeating: minimum * unit.minimum)
            var errors = SIMD8<Float>(repeating: 0)
            for index in 0..<part.count {
                let value = SIMD8(repeating: part.values[index]) + offset
                let difference = (value * inverses).rounded(from: 0, to: search.levels) * scales - value
                errors = errors + SIMD8(repeating: part.weights[index]) * difference * difference
            }
            for lane in 0..<5 where errors[lane] < least {
                (best, least) = (AffineScale(scale: bounded[lane], minimum: minimum), errors[lane])
            }
        }
        return (best, least)
    }

    /// Stores a part's multiples, and its values rounded to the levels that these give.
    private func store(_ part: Int, _ multiples: AffineScale, _ units: Units, _ scratch: KBlock.Scratch) {
        scratch.scales[part] = UInt8(multiples.scale)
        scratch.minima[part] = UInt8(multiples.minimum)
        let inverse = Extremes.inverse(multiples.scale * units.values.scale)
        let minimum = multiples.minimum * units.values.minimum
        scratch.store(part, partCount, highest: Float(search.levels)) { ($0 + minimum) * inverse }
    }
}

/// What a block's parts have small multiples of, as binary16.
private struct Units {
    let d: UInt16
    let dmin: UInt16
    /// Their values.
    let values: AffineScale

    init(_ numbers: AffineScale, dividedBy divisor: Float) {
        d = (numbers.scale / divisor).halfBits
        dmin = (numbers.minimum / divisor).halfBits
        values = AffineScale(scale: Float(half: d), minimum: Float(half: dmin))
    }

    /// The nearest multiples.
    func multiples(of part: AffineScale, to largest: Float) -> AffineScale {
        AffineScale(
            scale: part.scale.multiple(of: values.scale, from: 0, to: largest),
            minimum: part.minimum.multiple(of: values.minimum, from: 0, to: largest))
    }
}
