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
            let units = scratch.importance == nil ? evenUnits(found) : searchedUnits(found, scratch)
            let (d, dmin) = (units.scale.halfBits, units.minimum.halfBits)
            let unit = AffineScale(scale: Float(half: d), minimum: Float(half: dmin))
            for part in 0..<parts {
                var multiples = AffineScale(
                    scale: found[part].scale.multiple(of: unit.scale, from: 0, to: largestMultiple),
                    minimum: found[part].minimum.multiple(of: unit.minimum, from: 0, to: largestMultiple))
                if scratch.importance != nil {
                    multiples = nearby(multiples, unit, scratch.part(part, partCount))
                }
                store(part, multiples, unit, scratch)
            }
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

    /// The largest scale and minimum of the parts are the largest multiples.
    private func evenUnits(_ found: UnsafeMutableBufferPointer<AffineScale>) -> AffineScale {
        var largest = AffineScale()
        for part in found {
            largest.scale = max(largest.scale, part.scale)
            largest.minimum = max(largest.minimum, part.minimum)
        }
        return AffineScale(scale: largest.scale / largestMultiple, minimum: largest.minimum / largestMultiple)
    }

    /// Units by what the parts weigh.
    private func searchedUnits(
        _ found: UnsafeMutableBufferPointer<AffineScale>, _ scratch: KBlock.Scratch
    ) -> AffineScale {
        let weights = found.indices.map { part in
            (part * partCount..<(part + 1) * partCount).reduce(Float(0)) { $0 + scratch.weights[$1] }
        }
        return AffineScale(
            scale: UnitSearch.unit(of: found.map(\.scale), weights, largestMultiple: largestMultiple),
            minimum: UnitSearch.unit(of: found.map(\.minimum), weights, largestMultiple: largestMultiple))
    }

    /// The best of a part's multiples and their neighbours by the weighted square error of the values that they give.
    private func nearby(_ multiples: AffineScale, _ unit: AffineScale, _ part: WeightedValues) -> AffineScale {
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
        return best
    }

    /// Stores a part's multiples, and its values rounded to the levels that these give.
    private func store(_ part: Int, _ multiples: AffineScale, _ unit: AffineScale, _ scratch: KBlock.Scratch) {
        scratch.scales[part] = UInt8(multiples.scale)
        scratch.minima[part] = UInt8(multiples.minimum)
        let inverse = Extremes.inverse(multiples.scale * unit.scale)
        let minimum = multiples.minimum * unit.minimum
        scratch.store(part, partCount, highest: Float(search.levels)) { ($0 + minimum) * inverse }
    }
}
