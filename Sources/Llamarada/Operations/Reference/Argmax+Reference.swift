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

    /// What the kernels that choose a token give where logits are not finite: no vocabulary is as large.
    package static let noToken = UInt32.max

    /// The index of the largest of a row of logits, the lowest of equals, subnormal ones being 0; `noToken` where one is NaN or infinite.
    package static func chosenToken(_ logits: [Float]) -> UInt32 {
        logits.allSatisfy(\.isFinite) ? UInt32(argmax(logits.map(flushed))) : noToken
    }
}
