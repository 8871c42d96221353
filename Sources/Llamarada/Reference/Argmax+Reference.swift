extension Reference {
    /// The index of the largest value; the lowest of several equal ones.
    ///
    /// NaN never wins. Where every value is NaN, or none is larger than -infinity, the answer is 0.
    package static func argmax(_ values: [Float]) -> Int {
        var best = 0
        var largest = -Float.infinity
        for (index, value) in values.enumerated() where value > largest {
            largest = value
            best = index
        }
        return best
    }
}
