/// Looks for the scale of the least weighted square error where there is no minimum: value = scale · level.
///
/// As `AffineSearch`, with the regression through zero: the best scale for given levels is Σwlx / Σwll, and it explains
/// (Σwlx)² / Σwll of the values' weighted square. Scales may be negative, because levels reach farther to one side.
struct SymmetricSearch {
    /// The nearest levels to values that were divided by the scale.
    typealias Nearest = (SIMD8<Float>) -> SIMD8<Float>

    /// What the value farthest from zero becomes in each trial.
    let trials: [SIMD8<Float>]

    init(trials: [SIMD8<Float>]) { self.trials = trials }

    /// The value farthest from zero is tried about the lowest level, −levels.
    ///
    /// - Parameter count: of trials, a multiple of 8.
    init(about levels: Int32, trials count: Int) {
        let numbers = (0..<count).map { -Float(levels) - 0.9 + 1.8 * Float($0) / Float(count - 1) }
        trials = stride(from: 0, to: count, by: 8).map { SIMD8(numbers[$0..<$0 + 8]) }
    }

    @inline(__always)
    func best(_ part: WeightedValues, nearest: Nearest) -> Float {
        let farthest = Extremes.farthest(part.values, count: part.count)
        guard farthest.magnitude > 1e-30 else { return 0 }
        var (scale, gain) = (Float(0), -Float.infinity)
        for trial in trials { take(part, trial * SIMD8(repeating: 1 / farthest), nearest, &scale, &gain) }
        if scale.magnitude > 1e-30 {
            take(part, WeightedValues.fineSteps * SIMD8(repeating: 1 / scale), nearest, &scale, &gain)
        }
        return scale
    }

    /// Takes the best of the scales that fit the levels of these, where it is better than what was found before.
    @inline(__always)
    private func take(
        _ part: WeightedValues, _ inverses: SIMD8<Float>, _ nearest: Nearest, _ scale: inout Float, _ gain: inout Float
    ) {
        var (lx, ll) = (SIMD8<Float>(repeating: 0), SIMD8<Float>(repeating: 0))
        for index in 0..<part.count {
            let value = SIMD8(repeating: part.values[index])
            let level = nearest(value * inverses)
            let weighted = SIMD8(repeating: part.weights[index]) * level
            lx = lx + weighted * value
            ll = ll + weighted * level
        }
        for lane in 0..<8 {
            let found = lx[lane] / ll[lane]
            // A NaN where every level is 0 is no improvement.
            if found * lx[lane] > gain { (scale, gain) = (found, found * lx[lane]) }
        }
    }
}

extension SymmetricSearch {
    /// Weights for values: by their importance, or else their squares, since large weights contribute most to a product,
    /// and half their mean square, so that the plain error stays small too.
    @inline(__always)
    static func weigh(
        _ values: UnsafePointer<Float>, importance: UnsafePointer<Float>?, count: Int,
        into weights: UnsafeMutablePointer<Float>
    ) {
        if let importance {
            return WeightedValues.weigh(values, importance: importance, count: count, into: weights)
        }
        var squares: Float = 0
        for index in 0..<count { squares += values[index] * values[index] }
        let mean = squares / Float(count)
        for index in 0..<count {
            (weights + index).initialize(to: values[index] * values[index] + meanShare * mean)
        }
    }

    private static let meanShare: Float = 0.5
}
