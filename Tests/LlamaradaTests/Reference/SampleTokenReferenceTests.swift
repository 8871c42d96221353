import Foundation
import Llamarada
import TestSupport
import Testing

@Suite struct SampleTokenReferenceTests {
    @Test func exponentialIsThatOfF64() {
        var worst = 0.0
        var (previous, isMonotone, isNormal) = (Float(0), true, true)
        for step in 0...2_000_000 {
            let x = -87 + Float(step) / 2_000_000 * 87
            let value = Reference.exp32(x)
            worst = max(worst, abs(Double(value) / exp(Double(x)) - 1))
            isMonotone = isMonotone && value >= previous
            isNormal = isNormal && value.isNormal
            previous = value
        }
        #expect(worst <= 1e-7 && isMonotone && isNormal)
        #expect(Reference.exp32(0) == 1 && Reference.exp32(-0x1p-140) == 1 && Reference.exp32(-0x1p-24) < 1)
        #expect(Reference.exp32(Float(-87).nextDown) == 0 && Reference.exp32(-.infinity) == 0)
    }

    private static let options = [
        SamplingOptions(), SamplingOptions(temperature: 1, topK: 0, topP: 1, minP: 0),
        SamplingOptions(temperature: 2, topK: 5, topP: 1, minP: 0),
        SamplingOptions(temperature: 0.5, topK: 0, topP: 0.8, minP: 0),
        SamplingOptions(temperature: 1.3, topK: 0, topP: 1, minP: 0.1),
        SamplingOptions(temperature: 3, topK: 30, topP: 0.9, minP: 0.02),
        SamplingOptions(temperature: 0.1, topK: 12, topP: 0.99, minP: 0.001),
    ]

    /// Uniforms in even steps: each token is drawn as often as its probability in f64 says, to one draw on each side.
    @Test(arguments: options) func sharesAreThoseOfF64(_ options: SamplingOptions) {
        var random = RandomValues(seed: 5)
        for vocabulary in [1, 2, 7, 60] {
            let logits = random.array(vocabulary).map { 5 * $0 }
            var counts = [Int](repeating: 0, count: vocabulary)
            let draws = 10_000
            for draw in 0..<draws {
                let uniform = (Double(draw) + 0.5) / Double(draws)
                counts[Int(Reference.sampleToken(logits, SamplerRow(options, uniform: uniform)))] += 1
            }
            for (count, probability) in zip(counts, probabilities(logits, options)) {
                #expect(abs(Double(count) - probability * Double(draws)) <= 1.1)
            }
        }
    }

    /// The same in f64, token by token.
    private func probabilities(_ logits: [Float], _ options: SamplingOptions) -> [Double] {
        var kept = logits.indices.sorted { logits[$0] > logits[$1] }
        if options.topK > 0 { kept = Array(kept.prefix(options.topK)) }
        let weights = kept.map { exp(Double(logits[$0])) }
        var sum = 0.0
        let last = weights.firstIndex { weight in
            sum += weight
            return options.topP < 1 && sum >= Double(options.topP) * weights.reduce(0, +)
        }
        if let last { kept = Array(kept[...last]) }
        kept = kept.filter { exp(Double(logits[$0]) - Double(logits[kept[0]])) >= Double(options.minP) }
        let shares = kept.map { exp(Double(logits[$0]) / Double(options.temperature)) }
        var result = [Double](repeating: 0, count: logits.count)
        for (token, share) in zip(kept, shares) { result[token] = share / shares.reduce(0, +) }
        return result
    }

    @Test func theLikeliestComesFirst() {
        // 1/8, 1/4 and 5/8: drawn from the largest to the smallest, not by id.
        let logits: [Float] = [0, log(2), log(5)]
        let options = SamplingOptions(temperature: 1, topK: 0, topP: 1, minP: 0)
        for (uniform, token) in [(0, 2), (0.624, 2), (0.626, 1), (0.874, 1), (0.876, 0), (1 - 0x1p-53, 0)] {
            #expect(Int(Reference.sampleToken(logits, SamplerRow(options, uniform: uniform))) == token)
        }
    }

    @Test func nothingWithoutAShareIsDrawn() {
        let options = SamplingOptions(temperature: 1, topK: 0, topP: 1, minP: 0)
        let logits: [Float] = [-.greatestFiniteMagnitude, .greatestFiniteMagnitude, 0, -1e30]
        #expect(Reference.sampleToken(logits, SamplerRow(options, uniform: 1)) == 1)
        #expect(Reference.sampleToken([-200, 0, -1], SamplerRow(options, uniform: 1)) == 2)
    }

    @Test func orderIsThatOfFloats() {
        let values: [Float] = [
            -.infinity, -.greatestFiniteMagnitude, -1, -.leastNormalMagnitude, 0, .leastNormalMagnitude, 1,
            .greatestFiniteMagnitude, .infinity,
        ]
        let orders = values.map(Reference.order)
        #expect(orders == orders.sorted() && Set(orders).count == values.count)
        #expect(Reference.order(of: -0.0) == Reference.order(of: 0))
        #expect(Reference.order(of: -0x1p-149) == Reference.order(of: 0x1p-127))
        #expect(Reference.order(of: .nan) < Reference.order(of: -.infinity))
    }

    @Test func noLogitsNoToken() {
        #expect(Reference.sampleToken([], SamplerRow(SamplingOptions(), uniform: 0)) == Reference.noToken)
    }
}
