/// The scale and the minimum that a part of a block has: value = scale · q − minimum.
struct AffineScale {
    var scale: Float = 0
    /// What is subtracted; never negative.
    var minimum: Float = 0
}

/// Looks for the scale and minimum of the least weighted square error.
///
/// For given quants the best scale and minimum are those of a weighted linear regression; for a given scale and minimum
/// the best quants are the nearest. So scales are tried, eight at once, each with the regression for its quants: first
/// some far apart, then some close to the best of these.
struct AffineSearch {
    /// The largest quant.
    let levels: Int32
    /// The trials' factors on the scale that spreads the values' range over the levels.
    let trials: [SIMD8<Float>]

    /// - Parameter span: the range becomes the levels plus a number of this span, in `count` steps, a multiple of 8.
    init(levels: Int32, span: ClosedRange<Float>, count: Int) {
        self.levels = levels
        let factors = (0..<count).map { index in
            let step = (span.upperBound - span.lowerBound) * Float(index) / Float(count - 1)
            return (Float(levels) + span.lowerBound + step) / Float(levels)
        }
        trials = stride(from: 0, to: count, by: 8).map { SIMD8(factors[$0..<$0 + 8]) }
    }

    /// Weighted sums over the quants q of eight trials and the values x.
    private struct Sums {
        var q = SIMD8<Float>(repeating: 0)
        var qq = SIMD8<Float>(repeating: 0)
        var qx = SIMD8<Float>(repeating: 0)
    }

    /// Sums that do not depend on the quants: of weights, and of weighted values.
    private struct Constants {
        var w: Float = 0
        var x: Float = 0
    }

    /// A scale, a minimum, and how much of the values' weighted square they explain.
    private struct Fit {
        var affine: AffineScale
        var gain = -Float.infinity
    }

    func best(_ part: WeightedValues) -> AffineScale {
        let (least, largest) = Extremes.range(part.values, count: part.count)
        // Zero is always a level: a minimum above it could not be stored.
        let bottom = min(least, 0)
        guard largest - bottom > 1e-30 else { return AffineScale(scale: 0, minimum: -bottom) }
        var constants = Constants()
        for index in 0..<part.count {
            constants.w += part.weights[index]
            constants.x += part.weights[index] * part.values[index]
        }
        var best = Fit(affine: AffineScale(scale: (largest - bottom) / Float(levels), minimum: -bottom))
        for factors in trials {
            let inverses = factors * SIMD8(repeating: Float(levels) / (largest - bottom))
            take(sums(part, inverses, minimum: -bottom), constants, &best)
        }
        guard best.affine.scale > 1e-30 else { return best.affine }
        let inverses = WeightedValues.fineSteps * SIMD8(repeating: 1 / best.affine.scale)
        take(sums(part, inverses, minimum: best.affine.minimum), constants, &best)
        return best.affine
    }

    @inline(__always)
    private func sums(_ part: WeightedValues, _ inverses: SIMD8<Float>, minimum: Float) -> Sums {
        var sums = Sums()
        for index in 0..<part.count {
            let value = SIMD8(repeating: part.values[index])
            let q = (SIMD8(repeating: part.values[index] + minimum) * inverses).rounded(from: 0, to: levels)
            let wq = SIMD8(repeating: part.weights[index]) * q
            sums.q = sums.q + wq
            sums.qq = sums.qq + wq * q
            sums.qx = sums.qx + wq * value
        }
        return sums
    }

    /// Below this share of Σw · Σwqq the determinant is rounding: the quants that weigh anything are one number.
    private static let leastVariance: Float = 1e-4

    /// Takes the best of eight regressions, where it is better than what was found before.
    @inline(__always)
    private func take(_ sums: Sums, _ constants: Constants, _ best: inout Fit) {
        for lane in 0..<8 {
            let (q, qq, qx) = (sums.q[lane], sums.qq[lane], sums.qx[lane])
            let determinant = constants.w * qq - q * q
            guard qq > 0 else { continue }
            let isLine = determinant > Self.leastVariance * constants.w * qq
            guard isLine || qx > 0 else { continue }
            let offset = isLine ? (qq * constants.x - q * qx) / determinant : .infinity
            // Without a minimum the line goes through zero.
            let scale = offset > 0 ? qx / qq : (constants.w * qx - constants.x * q) / determinant
            let minimum = offset > 0 ? 0 : -offset
            let gain = scale * qx - minimum * constants.x
            if gain > best.gain { best = Fit(affine: AffineScale(scale: scale, minimum: minimum), gain: gain) }
        }
    }
}
