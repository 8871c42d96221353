/// The values of a part of a block, and what a squared error in each of them weighs.
struct WeightedValues {
    let values: UnsafePointer<Float>
    let weights: UnsafePointer<Float>
    let count: Int

    /// Scales around one that is good already, as factors: a search that has tried scales far apart ends with these.
    static let fineSteps = SIMD8<Float>(0.94, 0.965, 0.985, 0.995, 1, 1.012, 1.03, 1.055)
}

extension WeightedValues {
    /// Weights for values whose columns are known to matter: the importance times √(mean square + x²), much as llama.cpp has it.
    ///
    /// By the importance alone large values, which are rare, would lose to the many small ones; products of a row are made
    /// of both.
    @inline(__always)
    static func weigh(
        _ values: UnsafePointer<Float>, importance: UnsafePointer<Float>, count: Int,
        into weights: UnsafeMutablePointer<Float>
    ) {
        var squares: Float = 0
        for index in 0..<count { squares += values[index] * values[index] }
        let mean = squares / Float(count)
        for index in 0..<count {
            let magnitude = (mean + values[index] * values[index]).squareRoot()
            (weights + index).initialize(to: importance[index] * magnitude)
        }
    }
}
