/// The scale and the minimum that a part of a block has: value = scale · q − minimum.
struct AffineScale {
    var scale: Float = 0
    /// What is subtracted; negative only where the format has a sign for it.
    var minimum: Float = 0
}

/// Looks for the scale and minimum of the least weighted square error.
///
/// For given quants the best scale and minimum are those of a weighted linear regression; for a given scale and minimum
/// the best quants are the nearest. So scales are tried, eight at once, each with the regression for its quants: first
/// some far apart, then some close to the best of these.
///
/// Sums are taken relative to the value that weighs most, and its quant: where one weighs nearly everything they would
/// cancel otherwise.
struct AffineSearch {
    /// The largest quant.
    let levels: Int32
    /// Whether minima have a sign; else zero is always a level, since a level above it could not be stored as the lowest.
    let hasSignedMinimum: Bool
    /// The trials' factors on the scale that spreads the values' range over the levels.
    let trials: [SIMD8<Float>]

    /// - Parameter span: the range becomes the levels plus a number of this span, in `count` steps, a multiple of 8.
    init(levels: Int32, span: ClosedRange<Float>, count: Int, hasSignedMinimum: Bool = false) {
        self.levels = levels
        self.hasSignedMinimum = hasSignedMinimum
        let factors = (0..<count).map { index in
            let step = (span.upperBound - span.lowerBound) * Float(index) / Float(count - 1)
            return (Float(levels) + span.lowerBound + step) / Float(levels)
        }
        trials = stride(from: 0, to: count, by: 8).map { SIMD8(factors[$0..<$0 + 8]) }
    }

    /// The value that weighs most, and sums that do not depend on the quants: of weights, and of weighted values x less
    /// that one.
    private struct Constants {
        var heaviest: Float = 0
        var w: Float = 0
        var x: Float = 0
    }

    /// Weighted sums over the quants q of eight trials, less that of the heaviest value, and the values x, less it.
    private struct Sums {
        /// The heaviest value's quant.
        var heaviest = SIMD8<Float>(repeating: 0)
        var q = SIMD8<Float>(repeating: 0)
        var qq = SIMD8<Float>(repeating: 0)
        var qx = SIMD8<Float>(repeating: 0)
    }

    /// A scale, a minimum, and how much of the weighted squares of values less the heaviest they explain.
    private struct Fit {
        var affine: AffineScale
        var gain = -Float.infinity
    }

    func best(_ part: WeightedValues) -> AffineScale {
        let (least, largest) = Extremes.range(part.values, count: part.count)
        let bottom = hasSignedMinimum ? least : min(least, 0)
        guard largest - bottom > 1e-30 else { return AffineScale(scale: 0, minimum: -bottom) }
        let constants = constants(part)
        var best = Fit(affine: AffineScale(scale: (largest - bottom) / Float(levels), minimum: -bottom))
        for factors in trials {
            let inverses = factors * SIMD8(repeating: Float(levels) / (largest - bottom))
            take(sums(part, inverses, minimum: -bottom, constants.heaviest), constants, &best)
        }
        guard best.affine.scale > 1e-30 else { return best.affine }
        let inverses = WeightedValues.fineSteps * SIMD8(repeating: 1 / best.affine.scale)
        take(sums(part, inverses, minimum: best.affine.minimum, constants.heaviest), constants, &best)
        return best.affine
    }

    @inline(__always)
    private func constants(_ part: WeightedValues) -> Constants {
        var (constants, most) = (Constants(), -Float.infinity)
        for index in 0..<part.count where part.weights[index] > most {
            (most, constants.heaviest) = (part.weights[index], part.values[index])
        }
        for index in 0..<part.count {
            constants.w += part.weights[index]
            constants.x += part.weights[index] * (part.values[index] - constants.heaviest)
        }
        return constants
    }

    @inline(__always)
    private func sums(
        _ part: WeightedValues, _ inverses: SIMD8<Float>, minimum: Float, _ heaviest: Float
    ) -> Sums {
        var sums = Sums()
        sums.heaviest = (SIMD8(repeating: heaviest + minimum) * inverses).rounded(from: 0, to: levels)
        for index in 0..<part.count {
            let q =
                (SIMD8(repeating: part.values[index] + minimum) * inverses).rounded(from: 0, to: levels)
                - sums.heaviest
            let wq = SIMD8(repeating: part.weights[index]) * q
            sums.q = sums.q + wq
            sums.qq = sums.qq + wq * q
            sums.qx = sums.qx + wq * SIMD8(repeating: part.values[index] - heaviest)
        }
        return sums
    }

    /// Takes the best of eight regressions, where it is better than what was found before.
    @inline(__always)
    private func take(_ sums: Sums, _ constants: Constants, _ best: inout Fit) {
        let (w, x, heaviest) = (constants.w, constants.x, constants.heaviest)
        let inverse = 1 / w
        for lane in 0..<8 {
            let (q, qq, qx, q0) = (sums.q[lane], sums.qq[lane], sums.qx[lane], sums.heaviest[lane])
            // At least the heaviest value's share of w · qq, or 0 where all quants are one number.
            let determinant = w * qq - q * q
            var scale = determinant > 0 ? (w * qx - q * x) / determinant : 0
            // Of the line at the heaviest value, less it.
            var offset = (x - scale * q) * inverse
            if determinant <= 0 || !hasSignedMinimum && heaviest + offset - scale * q0 > 0 {
                // Without a minimum the line goes through zero: the sums of quants and values as they are.
                let squares = qq + q0 * (2 * q + q0 * w)
                scale = (qx + q0 * x + heaviest * (q + q0 * w)) / squares
                offset = scale * q0 - heaviest
            }
            guard scale > 0, scale.isFinite else { continue }
            let gain = 2 * (scale * qx + offset * x) - scale * (scale * qq + 2 * offset * q) - offset * offset * w
            if gain > best.gain {
                let minimum = scale * q0 - heaviest - offset
                best = Fit(
                    affine: AffineScale(scale: scale, minimum: hasSignedMinimum ? minimum : max(0, minimum)), gain: gain
                )
            }
        }
    }
}
