/// Looks for the unit of which the scales or minima of a block's parts are small multiples.
///
/// The largest of them over the largest multiple is good where all parts weigh the same. Where one part weighs most, its
/// number is to be hit: units close to that first one are tried, each with the regression through zero for its multiples.
enum UnitSearch {
    /// What the largest number becomes, beyond the largest multiple.
    private static let trials = (-12...12).map { Float($0) * 0.15 }

    /// The unit of least weighted square error.
    ///
    /// - Parameters:
    ///   - numbers: scales or minima, one a part, none negative.
    ///   - weights: what a squared error in each of them weighs.
    static func unit(of numbers: [Float], _ weights: [Float], largestMultiple: Float) -> Float {
        let largest = numbers.reduce(0, max)
        guard largest > 1e-30 else { return 0 }
        var (best, gain) = (largest / largestMultiple, -Float.infinity)
        for trial in trials {
            let inverse = (largestMultiple + trial) / largest
            var (mx, mm) = (Float(0), Float(0))
            for index in numbers.indices {
                // The nearest integer.
                let multiple = min(largestMultiple, (numbers[index] * inverse + 0x1.8p23) - 0x1.8p23)
                mx += weights[index] * multiple * numbers[index]
                mm += weights[index] * multiple * multiple
            }
            // A NaN where nothing weighs anything is no improvement.
            if mx * mx / mm > gain { (best, gain) = (mx / mm, mx * mx / mm) }
        }
        return best
    }
}
