/// Reproducible test inputs, independent of the generator that the engine samples with.
package struct RandomValues {
    private var state: UInt64

    package init(seed: UInt64) { state = seed &* 2 &+ 1 }

    /// Uniform in [-1, 1).
    package mutating func next() -> Float {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: state >> 32)) / 0x1p31
    }

    package mutating func array(_ count: Int) -> [Float] { (0..<count).map { _ in next() } }
}
