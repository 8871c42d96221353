import Llamarada

/// How a kernel's output differs from what was expected, and whether it kept to its own memory.
package struct Measurement: Sendable {
    /// Elements compared.
    package var count = 0
    /// Σ error² ÷ Σ expected² over finite elements.
    package var nmse = 0.0
    /// The largest |error| and the element that has it.
    package var maxError = 0.0
    package var maxErrorIndex = 0
    /// The largest |error| ÷ magnitude and the element that has it.
    package var maxRatio = 0.0
    package var maxRatioIndex = 0
    /// NaN and infinities where a finite value was expected.
    package var nonFiniteCount = 0
    /// Elements that still hold what was there before.
    package var unwrittenCount = 0
    /// Words outside the output, of any buffer, that changed.
    package var changedGuardCount = 0
    /// Words of inputs that changed.
    package var changedInputCount = 0
    /// Words that differ between two runs.
    package var unrepeatedCount = 0

    package init() {}

    /// Errors this small pass whatever the magnitude: drivers may flush subnormal f32 to zero.
    private static let smallest = 0x1p-126

    /// Compares with f64.
    ///
    /// - Parameters:
    ///   - magnitudes: the sum of the absolute terms of each element; |expected| where there is one term.
    package init(actual: [Float], expected: [Double], magnitudes: [Double]) {
        precondition(
            actual.count == expected.count && magnitudes.count == expected.count,
            "a comparison of \(actual.count) with \(expected.count) values, \(magnitudes.count) magnitudes")
        count = actual.count
        var (squares, energy) = (0.0, 0.0)
        for index in actual.indices {
            let value = actual[index]
            if value.bitPattern == Trial.poison { unwrittenCount += 1 }
            guard value.isFinite else {
                nonFiniteCount += 1
                continue
            }
            let error = abs(Double(value) - expected[index])
            squares += error * error
            energy += expected[index] * expected[index]
            note(error, at: index, magnitude: magnitudes[index])
        }
        nmse = squares <= Self.smallest * Self.smallest * Double(count) ? 0 : squares / energy
    }

    /// Compares words that must be the same; those that are not count as errors of `value`'s difference.
    ///
    /// - Parameters:
    ///   - expected: `Trial.poison` where nothing may be written.
    ///   - value: what a word means. Words of equal meaning, such as 0 and -0, are the same.
    package init(actual: [UInt32], expected: [UInt32], value: (UInt32) -> Double) {
        precondition(actual.count == expected.count, "a comparison of \(actual.count) with \(expected.count) words")
        count = actual.count
        var (squares, energy) = (0.0, 0.0)
        for index in actual.indices where actual[index] != expected[index] {
            if actual[index] == Trial.poison { unwrittenCount += 1 }
            let (found, wanted) = (value(actual[index]), value(expected[index]))
            if found == wanted { continue }
            guard found.isFinite, wanted.isFinite else {
                nonFiniteCount += 1
                continue
            }
            squares += (found - wanted) * (found - wanted)
            energy += wanted * wanted
            note(abs(found - wanted), at: index, magnitude: abs(wanted))
        }
        nmse = squares == 0 ? 0 : squares / energy
    }

    private mutating func note(_ error: Double, at index: Int, magnitude: Double) {
        if error > maxError { (maxError, maxErrorIndex) = (error, index) }
        let ratio = error <= Self.smallest ? 0 : error / magnitude
        if ratio > maxRatio { (maxRatio, maxRatioIndex) = (ratio, index) }
    }

    /// What is wrong, in words; empty where nothing is.
    package func failures(beyond bound: ErrorBound) -> [String] {
        var failures: [String] = []
        func expect(_ holds: Bool, _ failure: @autoclosure () -> String) { if !holds { failures.append(failure()) } }
        expect(nmse <= bound.nmse, "NMSE \(nmse) > \(bound.nmse)")
        expect(
            maxRatio <= bound.element,
            "error \(maxRatio) of the magnitude > \(bound.element) at element \(maxRatioIndex)")
        expect(nonFiniteCount == 0, "\(nonFiniteCount) NaN or infinite values")
        expect(unwrittenCount == 0, "\(unwrittenCount) elements not written")
        expect(changedGuardCount == 0, "\(changedGuardCount) words outside the output written")
        expect(changedInputCount == 0, "\(changedInputCount) words of the inputs changed")
        expect(unrepeatedCount == 0, "\(unrepeatedCount) words differ between two runs")
        return failures
    }
}
