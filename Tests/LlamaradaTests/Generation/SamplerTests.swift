import Foundation
import Llamarada
import LlamaradaText
import TestSupport
import Testing

@Suite struct SamplerTests {
    /// Probabilities 0.5, 0.2, 0.15, 0.1 and 0.05 as logits, in an order that is not theirs.
    private let logits: [Float] = [0.15, 0.5, 0.05, 0.2, 0.1].map { Float(log($0)) }

    private func ids(_ candidates: [Reference.Candidate]) -> [Int] { candidates.map(\.id) }

    @Test(arguments: [
        (1, [1]), (2, [1, 3]), (4, [1, 3, 0, 4]), (5, [1, 3, 0, 4, 2]), (9, [1, 3, 0, 4, 2]), (0, [1, 3, 0, 4, 2]),
        (300, [1, 3, 0, 4, 2]),
    ])
    func topK(_ count: Int, _ expected: [Int]) {
        #expect(ids(Reference.topK(logits, count)) == expected)
    }

    @Test(arguments: [0, 3, 300]) func topKOrdersTiesByID(_ count: Int) {
        let kept = Reference.topK([1, .nan, 2, 1, 2], count)
        #expect(ids(kept).prefix(3) == [2, 4, 0])
    }

    @Test func topKAgreesWithSorting() {
        var random = RandomValues(seed: 11)
        let logits = random.array(5000)
        let sorted = logits.indices.sorted { logits[$0] > logits[$1] }
        for count in [1, 40, 256, 257, 5000] {
            #expect(ids(Reference.topK(logits, count)) == Array(sorted.prefix(count)))
        }
    }

    @Test(
        arguments: [
            (0, [1]), (0.3, [1]), (0.6, [1, 3]), (0.75, [1, 3, 0]), (0.9, [1, 3, 0, 4]), (0.97, [1, 3, 0, 4, 2]),
            (1, [1, 3, 0, 4, 2]),
        ] as [(Float, [Int])])
    func topP(_ limit: Float, _ expected: [Int]) {
        var kept = Reference.topK(logits, 0)
        Reference.topP(&kept, limit)
        #expect(ids(kept) == expected)
    }

    @Test func topPCountsOnlyWhatTopKLeft() {
        // Of 0.5 and 0.2 the first has 5/7 = 0.714.
        var kept = Reference.topK(logits, 2)
        Reference.topP(&kept, 0.7)
        #expect(ids(kept) == [1])
    }

    @Test(
        arguments: [
            (0, [1, 3, 0, 4, 2]), (0.09, [1, 3, 0, 4, 2]), (0.11, [1, 3, 0, 4]), (0.25, [1, 3, 0]), (0.35, [1, 3]),
            (0.5, [1]), (1, [1]),
        ] as [(Float, [Int])])
    func minP(_ fraction: Float, _ expected: [Int]) {
        var kept = Reference.topK(logits, 0)
        Reference.minP(&kept, SamplerRow(SamplingOptions(minP: fraction), uniform: 0).logMinP)
        #expect(ids(kept) == expected)
    }

    private func penalized(_ logits: [Float], _ history: [TokenID], _ options: SamplingOptions) -> [Float] {
        var result = logits
        let changes = Sampler(options).changes(history: history, answer: [])
        Reference.change(&result, by: changes, SamplerRow(options, uniform: 0))
        return result
    }

    @Test func repeatPenalty() {
        let options = SamplingOptions(repeatPenalty: 2, repeatLastN: 3)
        let result = penalized([4, -4, 4, 0, 4], [4, 0, 1, 0], options)
        // Positive logits are halved and negative ones doubled, once each; token 4 lies too far back.
        #expect(result == [2, -8, 4, 0, 4])
    }

    @Test func repeatPenaltyRange() {
        #expect(penalized([4, 4], [0, 1], SamplingOptions(repeatPenalty: 2, repeatLastN: 0)) == [4, 4])
        #expect(penalized([4, 4], [0, 1], SamplingOptions(repeatPenalty: 2, repeatLastN: -1)) == [2, 2])
        #expect(penalized([4], [-1, 9], SamplingOptions(repeatPenalty: 2)) == [4])
    }

    @Test func temperatureZeroIsArgmaxAfterPenalties() throws {
        var sampler = Sampler(SamplingOptions(temperature: 0, repeatPenalty: 2, seed: 1))
        #expect(try sampler.sample([3, 4, 3.5, -9], history: []) == 1)
        #expect(try sampler.sample([3, 4, 3.5, -9], history: [1]) == 2)
        #expect(try sampler.sample([-0.0, 0, 0x1p-149], history: []) == 0)
    }

    @Test func sameSeedSameTokens() throws {
        func tokens(seed: UInt64) throws -> [TokenID] {
            var sampler = Sampler(SamplingOptions(temperature: 2, seed: seed))
            return try (0..<50).map { _ in try sampler.sample(logits, history: []) }
        }
        #expect(try tokens(seed: 42) == tokens(seed: 42))
        #expect(try tokens(seed: 42) != tokens(seed: 43))
    }

    @Test func frequenciesFollowTheFilteredDistribution() throws {
        // top-k 4, then top-p 0.8 of 0.95 keeps 0.5, 0.2 and 0.15; min-p 0.35 leaves 0.5 and 0.2: 5 to 2, squared by
        // temperature 1/2.
        var sampler = Sampler(
            SamplingOptions(temperature: 0.5, topK: 4, topP: 0.8, minP: 0.35, seed: 5))
        var counts = [Int](repeating: 0, count: logits.count)
        for _ in 0..<20_000 { counts[Int(try sampler.sample(logits, history: []))] += 1 }
        #expect(counts[1] + counts[3] == 20_000)
        // 25/29 = 0.862, standard deviation 0.0024
        #expect(abs(Double(counts[1]) / 20_000 - 25.0 / 29) < 0.01)
    }

    @Test func withoutFiltersItIsTheSoftmax() throws {
        var sampler = Sampler(SamplingOptions(temperature: 1.5, topK: 0, topP: 1, minP: 0, seed: 9))
        var random = RandomSource(seed: 9)
        let probabilities = Reference.softmax(logits, temperature: 1.5)
        let order = [1, 3, 0, 4, 2]
        for _ in 0..<100 {
            let uniform = random.nextUnit()
            var sum = 0.0
            let expected = try #require(
                order.first { token in
                    sum += probabilities[token]
                    return sum > uniform
                })
            #expect(Int(try sampler.sample(logits, history: [])) == expected)
        }
    }

    /// Whatever is drawn with each option, the device and the host take as many random numbers.
    @Test func greedyTakesNoRandomNumber() {
        var greedy = Sampler(SamplingOptions(temperature: 0, seed: 3))
        #expect(greedy.nextRow() == greedy.nextRow() && greedy.nextRow().topK == 1)
        var drawing = Sampler(SamplingOptions(seed: 3))
        #expect(drawing.nextRow().uniform != drawing.nextRow().uniform)
    }

    @Test(
        arguments: [
            [.nan, .nan], [.nan, 5], [0, .infinity, 0], [-.infinity, 0], [.greatestFiniteMagnitude, 1],
        ] as [[Float]])
    func logitsThatAreNotFiniteGiveNoToken(_ logits: [Float]) {
        // A penalty below 1 makes more than the largest number of it.
        var sampler = Sampler(SamplingOptions(repeatPenalty: 0.5, seed: 1))
        #expect(throws: NonFiniteLogits.self) { try sampler.sample(logits, history: [0]) }
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
        #expect(options.topNSigma == -1 && options.typicalP == 1)
        #expect(options.xtc.probability == 0 && options.xtc.threshold == 0.1)
        #expect(options.dry.multiplier == 0 && options.dry.base == 1.75 && options.dry.allowedLength == 2)
        #expect(options.dry.lastN == 64 && options.dry.sequenceBreakers == ["\n", ":", "\"", "*"])
        #expect(options.dynamicTemperature == .init(range: 0, exponent: 1))
        #expect(options.mirostat == .init(.off, targetSurprise: 5, learningRate: 0.1))
        let order = "penalties;dry;top_n_sigma;top_k;typ_p;top_p;min_p;xtc;temperature"
        #expect(options.samplers.map(\.rawValue).joined(separator: ";") == order)
        #expect(SamplerStage.letters == "edskypmxt")
        #expect(options.validate() == nil && SamplingOptions.greedy.validate() == nil)
    }

    @Test(
        arguments: [
            (SamplingOptions(), .sampler), (.greedy, .argmax), (SamplingOptions(temperature: 0, topK: 0), .argmax),
            (SamplingOptions(temperature: 0, topK: 0, repeatPenalty: 1.1), .sampler), (SamplingOptions(topK: 0), nil),
            (SamplingOptions(topK: 128), .sampler), (SamplingOptions(topK: 129), nil),
            (SamplingOptions(repeatPenalty: 1.1), .sampler),
            (SamplingOptions(repeatPenalty: 1.1, repeatLastN: 256), .sampler),
            (SamplingOptions(repeatPenalty: 1.1, repeatLastN: -1), .sampler),
            (SamplingOptions(repeatLastN: -1), .sampler),
            (SamplingOptions(presencePenalty: 1), .sampler), (SamplingOptions(logitBias: [1: 1]), .sampler),
            (SamplingOptions(temperature: 0, presencePenalty: 1, logitBias: [1: 1]), .sampler),
            (SamplingOptions().with { $0.dry.multiplier = 1 }, .sampler),
            (SamplingOptions().with { $0.xtc.probability = 0.5 }, .sampler),
            (SamplingOptions().with { $0.typicalP = 0.5 }, .sampler),
            (SamplingOptions(temperature: 0).with { $0.typicalP = 0.5 }, .sampler),
            (SamplingOptions(temperature: 0, topK: 0).with { $0.typicalP = 0.5 }, nil),
            (SamplingOptions(temperature: 0).with { $0.topNSigma = 2 }, .argmax),
            (SamplingOptions().with { $0.dynamicTemperature.range = 0.5 }, .sampler),
            (SamplingOptions(temperature: 0).with { $0.dynamicTemperature.range = 0.5 }, .sampler),
            (SamplingOptions().with { $0.topNSigma = 2 }, nil),
            (SamplingOptions().with { $0.mirostat.version = .second }, nil),
            (SamplingOptions(temperature: 0).with { $0.mirostat.version = .second }, .argmax),
            // Another order, where what is out of order does nothing and where it does something.
            (SamplingOptions().with { $0.samplers = [.typical, .topK, .temperature] }, .sampler),
            (SamplingOptions().with { $0.samplers = [.temperature, .topK] }, nil),
            (SamplingOptions().with { $0.samplers = [.temperature] }, nil),
        ] as [(SamplingOptions, SamplingOptions.DevicePath?)])
    func devicePath(_ options: SamplingOptions, _ path: SamplingOptions.DevicePath?) {
        #expect(options.devicePath == path)
    }

    @Test func rowsHoldNoInfinityAndNothingSubnormal() {
        let tiny = SamplerRow(
            SamplingOptions(temperature: 0x1p-149, minP: 0, repeatPenalty: 0x1p-149), uniform: 1 - 0x1p-53)
        #expect(tiny.inverseTemperature == .greatestFiniteMagnitude && tiny.inversePenalty == .greatestFiniteMagnitude)
        #expect(tiny.penalty == .leastNormalMagnitude && tiny.logMinP == -.greatestFiniteMagnitude)
        #expect(tiny.uniform == Float(1).nextDown)
        let huge = SamplerRow(
            SamplingOptions(temperature: .greatestFiniteMagnitude, repeatPenalty: .greatestFiniteMagnitude), uniform: 0)
        #expect(huge.inverseTemperature == .leastNormalMagnitude && huge.inversePenalty == .leastNormalMagnitude)
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
        (.init().with { $0.typicalP = .nan }, "typical-p must be from 0 to 1, not nan"),
        (.init().with { $0.topNSigma = .infinity }, "top-n-sigma must be a finite number, not inf"),
        (.init().with { $0.xtc.probability = 1.5 }, "XTC's probability must be from 0 to 1, not 1.5"),
        (.init().with { $0.xtc.threshold = -1 }, "XTC's threshold must be from 0 to 1, not -1.0"),
        (.init().with { $0.dry.multiplier = -1 }, "DRY's multiplier must be 0 or more, not -1.0"),
        (.init().with { $0.dry.base = 0.5 }, "DRY's base must be 1 or more, not 0.5"),
        (.init().with { $0.dry.allowedLength = -1 }, "DRY's allowed length must be 0 or more, not -1"),
        (.init().with { $0.dry.lastN = -2 }, "DRY's last-n must be -1 (all) or more, not -2"),
        (.init().with { $0.dry.sequenceBreakers = [""] }, "a breaker of DRY's must be from 1 to 40 bytes, not 0"),
        (
            .init().with { $0.dry.sequenceBreakers = Array(repeating: "a", count: 65) },
            "the number of DRY's breakers must be at most 64, not 65"
        ),
        (.init().with { $0.dynamicTemperature.range = .nan }, "the temperature's range must be 0 or more, not nan"),
        (
            .init().with { $0.dynamicTemperature.exponent = -1 },
            "the dynamic temperature's exponent must be 0 or more, not -1.0"
        ),
        (.init().with { $0.mirostat.targetSurprise = -1 }, "Mirostat's target must be 0 or more, not -1.0"),
        (.init().with { $0.mirostat.learningRate = .infinity }, "Mirostat's learning rate must be 0 or more, not inf"),
        (.init().with { $0.samplers = [.topK, .topK] }, "the order of samplers names top_k twice"),
    ])
    func invalidValues(_ options: SamplingOptions, _ message: String) {
        #expect(options.validate() == message)
    }
}
