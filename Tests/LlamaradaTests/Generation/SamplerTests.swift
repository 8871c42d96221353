import Foundation
import Llamarada
import LlamaradaText
import TestSupport
import Testing

@Suite struct SamplerTests {
    /// Probabilities 0.5, 0.2, 0.15, 0.1 and 0.05 as logits, in an order that is not theirs.
    private let logits: [Float] = [0.15, 0.5, 0.05, 0.2, 0.1].map { Float(log($0)) }

    private func ids(_ candidates: [Sampler.Candidate]) -> [Int] { candidates.map(\.id) }

    @Test(arguments: [
        (1, [1]), (2, [1, 3]), (4, [1, 3, 0, 4]), (5, [1, 3, 0, 4, 2]), (9, [1, 3, 0, 4, 2]), (0, [1, 3, 0, 4, 2]),
        (300, [1, 3, 0, 4, 2]),
    ])
    func topK(_ count: Int, _ expected: [Int]) {
        #expect(ids(Sampler.topK(logits, count)) == expected)
    }

    @Test(arguments: [0, 3, 300]) func topKOrdersTiesByID(_ count: Int) {
        let kept = Sampler.topK([1, .nan, 2, 1, 2], count)
        #expect(ids(kept).prefix(3) == [2, 4, 0])
    }

    @Test func topKAgreesWithSorting() {
        var random = RandomValues(seed: 11)
        let logits = random.array(5000)
        let sorted = logits.indices.sorted { logits[$0] > logits[$1] }
        for count in [1, 40, 256, 257, 5000] {
            #expect(ids(Sampler.topK(logits, count)) == Array(sorted.prefix(count)))
        }
    }

    @Test(
        arguments: [
            (0, [1]), (0.3, [1]), (0.6, [1, 3]), (0.75, [1, 3, 0]), (0.9, [1, 3, 0, 4]), (0.97, [1, 3, 0, 4, 2]),
            (1, [1, 3, 0, 4, 2]),
        ] as [(Float, [Int])])
    func topP(_ limit: Float, _ expected: [Int]) {
        var kept = Sampler.topK(logits, 0)
        Sampler.topP(&kept, limit)
        #expect(ids(kept) == expected)
    }

    @Test func topPCountsOnlyWhatTopKLeft() {
        // Of 0.5 and 0.2 the first has 5/7 = 0.714.
        var kept = Sampler.topK(logits, 2)
        Sampler.topP(&kept, 0.7)
        #expect(ids(kept) == [1])
    }

    @Test(
        arguments: [
            (0, [1, 3, 0, 4, 2]), (0.09, [1, 3, 0, 4, 2]), (0.11, [1, 3, 0, 4]), (0.25, [1, 3, 0]), (0.35, [1, 3]),
            (0.5, [1]), (1, [1]),
        ] as [(Float, [Int])])
    func minP(_ fraction: Float, _ expected: [Int]) {
        var kept = Sampler.topK(logits, 0)
        Sampler.minP(&kept, fraction)
        #expect(ids(kept) == expected)
    }

    @Test func repeatPenalty() {
        let options = SamplingOptions(repeatPenalty: 2, repeatLastN: 3)
        let result = Sampler.penalize([4, -4, 4, 0, 4], history: [4, 0, 1, 0], options)
        // Positive logits are halved and negative ones doubled, once each; token 4 lies too far back.
        #expect(result == [2, -8, 4, 0, 4])
    }

    @Test func repeatPenaltyRange() {
        let history: [TokenID] = [0, 1]
        #expect(
            Sampler.penalize([4, 4], history: history, SamplingOptions(repeatPenalty: 2, repeatLastN: 0)) == [4, 4])
        #expect(
            Sampler.penalize([4, 4], history: history, SamplingOptions(repeatPenalty: 2, repeatLastN: -1)) == [2, 2])
        #expect(Sampler.penalize([4], history: [-1, 9], SamplingOptions(repeatPenalty: 2)) == [4])
    }

    @Test func temperatureZeroIsArgmaxAfterPenalties() {
        var sampler = Sampler(SamplingOptions(temperature: 0, repeatPenalty: 2, seed: 1))
        #expect(sampler.sample([3, 4, 3.5, .nan], history: []) == 1)
        #expect(sampler.sample([3, 4, 3.5, .nan], history: [1]) == 2)
    }

    @Test func sameSeedSameTokens() {
        func tokens(seed: UInt64) -> [TokenID] {
            var sampler = Sampler(SamplingOptions(temperature: 2, seed: seed))
            return (0..<50).map { _ in sampler.sample(logits, history: []) }
        }
        #expect(tokens(seed: 42) == tokens(seed: 42))
        #expect(tokens(seed: 42) != tokens(seed: 43))
    }

    @Test func frequenciesFollowTheFilteredDistribution() {
        // top-k 4, then top-p 0.8 of 0.95 keeps 0.5, 0.2 and 0.15; min-p 0.35 leaves 0.5 and 0.2: 5 to 2, squared by
        // temperature 1/2.
        var sampler = Sampler(
            SamplingOptions(temperature: 0.5, topK: 4, topP: 0.8, minP: 0.35, seed: 5))
        var counts = [Int](repeating: 0, count: logits.count)
        for _ in 0..<20_000 { counts[Int(sampler.sample(logits, history: []))] += 1 }
        #expect(counts[1] + counts[3] == 20_000)
        // 25/29 = 0.862, standard deviation 0.0024
        #expect(abs(Double(counts[1]) / 20_000 - 25.0 / 29) < 0.01)
    }

    @Test func withoutFiltersItIsSoftmaxSample() {
        let options = SamplingOptions(temperature: 1.5, topK: 0, topP: 1, minP: 0, seed: 9)
        var sampler = Sampler(options)
        var random = RandomSource(seed: 9)
        for _ in 0..<100 {
            let expected = Reference.softmaxSample(logits, temperature: 1.5, u: random.nextUnit())
            #expect(Int(sampler.sample(logits, history: [])) == expected)
        }
    }

    @Test func strangeLogitsAreSurvived() {
        var sampler = Sampler(SamplingOptions(seed: 1))
        #expect(sampler.sample([.nan, .nan, .nan], history: []) == 0)
        #expect(sampler.sample([.nan, 5, .nan], history: []) == 1)
        #expect(sampler.sample([0, .infinity, 0], history: []) == 1)
        #expect(sampler.sample([-.infinity, -.infinity, 0], history: []) == 2)
    }
}

@Suite struct RandomSourceTests {
    /// The first outputs of xoshiro256** from the state that SplitMix64 makes of seed 0.
    @Test func publishedSequence() {
        var random = RandomSource(seed: 0)
        #expect(random.next() == 0x99EC_5F36_CB75_F2B4)
        #expect(random.next() == 0xBF6E_1F78_4956_452A)
        #expect(random.next() == 0x1A5F_849D_4933_E6E0)
    }

    @Test func unitInterval() {
        var random = RandomSource(seed: 1)
        let values = (0..<10_000).map { _ in random.nextUnit() }
        #expect(values.allSatisfy { (0..<1).contains($0) })
        #expect(abs(values.reduce(0, +) / 10_000 - 0.5) < 0.01)
    }
}

@Suite struct SamplingOptionsTests {
    @Test func defaultsAreLlamaCpps() {
        let options = SamplingOptions()
        #expect(options.temperature == 0.8 && options.topK == 40 && options.topP == 0.95 && options.minP == 0.05)
        #expect(options.repeatPenalty == 1 && options.repeatLastN == 64 && options.seed == nil)
        #expect(options.validate() == nil && SamplingOptions.greedy.validate() == nil)
    }

    @Test(arguments: [
        (SamplingOptions(temperature: -1), "temperature must be 0 or more, not -1.0"),
        (SamplingOptions(temperature: .nan), "temperature must be 0 or more, not nan"),
        (SamplingOptions(temperature: .infinity), "temperature must be 0 or more, not inf"),
        (SamplingOptions(topK: -1), "top-k must be 0 (all) or more, not -1"),
        (SamplingOptions(topP: 1.5), "top-p must be from 0 to 1, not 1.5"),
        (SamplingOptions(topP: .nan), "top-p must be from 0 to 1, not nan"),
        (SamplingOptions(minP: -0.1), "min-p must be from 0 to 1, not -0.1"),
        (SamplingOptions(repeatPenalty: 0), "repeat penalty must be more than 0, not 0.0"),
        (SamplingOptions(repeatPenalty: .infinity), "repeat penalty must be more than 0, not inf"),
        (SamplingOptions(repeatLastN: -2), "repeat-last-n must be -1 (all) or more, not -2"),
    ])
    func invalidValues(_ options: SamplingOptions, _ message: String) {
        #expect(options.validate() == message)
    }
}
