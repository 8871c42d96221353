/// The values of a part of a block, and what a squared error in each of them weighs.
struct WeightedValues {
    let values: UnsafePointer<Float>
    let weights: UnsafePointer<Float>
    let count: Int

    /// Scales around one that is good already, as factors: a search that has tried scales far apart ends with these.
    static let fineSteps = SIMD8<Float>(0.94, 0.965, 0.985, 0.995, 1, 1.012, 1.03, 1.055)
}
