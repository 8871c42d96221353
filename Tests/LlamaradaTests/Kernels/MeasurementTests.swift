import Llamarada
import LlamaradaLab
import Testing

/// The comparison must find what kernels do wrong, or every passing check means nothing.
@Suite struct MeasurementTests {
    private let bound = PrecisionClass.exact.product

    /// `count` sums of 576 products, exact, and as f32 or narrower arithmetic makes them.
    private struct Sums {
        var expected: [Double] = []
        var magnitudes: [Double] = []
        var single: [Float] = []
        var half: [Float] = []
        var halfOperands: [Float] = []
        var eightBits: [Float] = []

        init(count: Int) {
            var random = CheckRandom(seed: 5)
            for _ in 0..<count {
                let (w, x) = (random.floats(576), random.floats(576))
                let terms = zip(w, x).map { Double($0) * Double($1) }
                expected.append(terms.reduce(0, +))
                magnitudes.append(terms.reduce(0) { $0 + abs($1) })
                single.append(zip(w, x).reduce(0) { $0 + $1.0 * $1.1 })
                half.append(Float(zip(w, x).reduce(Float16(0)) { $0 + Float16($1.0 * $1.1) }))
                halfOperands.append(zip(w, x).reduce(0) { $0 + Float(Float16($1.0)) * Float(Float16($1.1)) })
                eightBits.append(zip(w, x).reduce(0) { $0 + $1.0 * ($1.1 * 127).rounded() / 127 })
            }
        }
    }

    private func failures(_ actual: [Float], _ sums: Sums, _ precision: PrecisionClass) -> [String] {
        Measurement(actual: actual, expected: sums.expected, magnitudes: sums.magnitudes)
            .failures(beyond: precision.unroundedProduct)
    }

    @Test func classesHoldTheirArithmeticAndNoWorse() {
        let sums = Sums(count: 300)
        #expect(failures(sums.single, sums, .exact).isEmpty)
        #expect(failures(sums.halfOperands, sums, .half).isEmpty)
        #expect(failures(sums.eightBits, sums, .int8).isEmpty)
        #expect(failures(sums.halfOperands, sums, .exact).count == 2)
        #expect(failures(sums.half, sums, .exact).count == 2)
        #expect(!failures(sums.half, sums, .half).isEmpty)
        #expect(!failures(sums.eightBits, sums, .half).isEmpty)
    }

    @Test func oneWrongIndexInThousands() {
        let sums = Sums(count: 2000)
        var actual = sums.single
        actual[1234] = actual[1235]
        let measurement = Measurement(actual: actual, expected: sums.expected, magnitudes: sums.magnitudes)
        #expect(measurement.failures(beyond: bound).count == 2)
        #expect(measurement.maxErrorIndex == 1234 && measurement.maxRatioIndex == 1234)
    }

    /// Large elements hide a small wrong one from the mean, not from the bound of each element.
    @Test func aSmallErrorBesideOutliers() {
        let measurement = Measurement(actual: [1e5, 0.011], expected: [1e5, 0.01], magnitudes: [1e5, 1])
        #expect(measurement.nmse <= bound.nmse)
        #expect(measurement.failures(beyond: bound).count == 1)
    }

    @Test func unwrittenAndNonFinite() {
        let actual = [1, Float(bitPattern: Trial.poison), .infinity]
        let measurement = Measurement(actual: actual, expected: [1, 2, 3], magnitudes: [1, 2, 3])
        #expect(measurement.unwrittenCount == 1 && measurement.nonFiniteCount == 2)
        #expect(measurement.failures(beyond: bound).count == 2)
    }

    @Test func identicalMeansIdentical() {
        func compare(_ actual: [Float], _ expected: [Float]) -> [String] {
            Measurement(actual: actual.map(\.bitPattern), expected: expected.map(\.bitPattern)) {
                Double(Float(bitPattern: $0))
            }.failures(beyond: .identical)
        }
        #expect(compare([1, -0.0], [1, 0]).isEmpty)
        #expect(!compare([1, Float(2).nextUp], [1, 2]).isEmpty)
        #expect(!compare([1, .nan], [1, 2]).isEmpty)
        #expect(!compare([1, 0x1p-149], [1, 0]).isEmpty)
        #expect(!compare([1, 2], [1, Float(bitPattern: Trial.poison)]).isEmpty)
        #expect(!compare([1, Float(bitPattern: Trial.poison)], [1, 2]).isEmpty)
    }

    @Test func everyOtherFaultFails() {
        for path in [\Measurement.changedGuardCount, \.changedInputCount, \.unrepeatedCount] {
            var measurement = Measurement()
            #expect(measurement.failures(beyond: .identical).isEmpty)
            measurement[keyPath: path] = 1
            #expect(measurement.failures(beyond: bound).count == 1)
        }
    }

    @Test func expectedNothingFoundSomething() {
        let measurement = Measurement(actual: [0, 1e-20], expected: [0, 0], magnitudes: [0, 0])
        #expect(measurement.failures(beyond: bound).count == 2)
    }
}
