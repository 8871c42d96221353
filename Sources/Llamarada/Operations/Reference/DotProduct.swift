extension Reference {
    /// Σ w[i]·x[i] in f64: four running sums, index i in sum i mod 4, added pairwise at the end.
    ///
    /// Products of two f32 values are exact in f64. There is one order of additions, so that a row of a prompt has
    /// the bits of the same row computed alone.
    static func dot(_ w: UnsafePointer<Float>, _ x: UnsafePointer<Double>, count: Int) -> Double {
        var sums = SIMD4<Double>.zero
        let whole = count & ~3
        var index = 0
        while index < whole {
            let weights = UnsafeRawPointer(w + index).loadUnaligned(as: SIMD4<Float>.self)
            sums += SIMD4<Double>(weights) * UnsafeRawPointer(x + index).loadUnaligned(as: SIMD4<Double>.self)
            index += 4
        }
        var tail = 0.0
        while index < count {
            tail += Double(w[index]) * x[index]
            index += 1
        }
        return (sums[0] + sums[1]) + (sums[2] + sums[3]) + tail
    }
}
