import Llamarada
import LlamaradaText
import TestSupport
import Testing

/// A million draws with each sampler, against its definition in f64.
@Suite struct SamplerDistributionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var options: SamplingOptions
        /// The same with one thing a little different, which a million draws must tell apart.
        var wrong: [SamplingOptions]

        var testDescription: String { name }
    }

    private static func unfiltered(_ change: (inout SamplingOptions) -> Void) -> SamplingOptions {
        SamplingOptions(temperature: 1, topK: 0, topP: 1, minP: 0).with(change)
    }

    /// One option and others that are nearly it.
    private static func one<Value>(
        _ name: String, _ path: WritableKeyPath<SamplingOptions, Value>, _ value: Value, not others: [Value],
        _ change: (inout SamplingOptions) -> Void = { _ in }
    ) -> Case {
        let base = unfiltered(change)
        return Case(
            name: name, options: base.with { $0[keyPath: path] = value },
            wrong: others.map { other in base.with { $0[keyPath: path] = other } })
    }

    private static let every = SamplingOptions(
        temperature: 1.3, topK: 30, topP: 0.95, minP: 0.01, repeatPenalty: 1.1, presencePenalty: 0.2,
        frequencyPenalty: 0.1, logitBias: [4: 1.5]
    ).with {
        $0.dry = .init(multiplier: 0.4, allowedLength: 1)
        $0.topNSigma = 2.2
        $0.typicalP = 0.95
        $0.xtc = .init(probability: 0.4, threshold: 0.06)
        $0.dynamicTemperature = .init(range: 0.6, exponent: 1.5)
    }

    static let cases = [
        one("typical", \.typicalP, 0.6, not: [0.55, 0.66, 1]) { _ in },
        one("top-n-sigma", \.topNSigma, 1, not: [0.6, 1.5, -1]),
        one(
            "XTC", \.xtc, .init(probability: 0.3, threshold: 0.05),
            not: [
                .init(probability: 0.31, threshold: 0.05), .init(probability: 0.3, threshold: 0.07), .init(),
                .init(probability: 1, threshold: 0.05),
            ]),
        one(
            "dynamic temperature", \.dynamicTemperature, .init(range: 0.5, exponent: 2),
            not: [.init(range: 0.5, exponent: 1.6), .init(range: 0.38, exponent: 2), .init()]),
        one("repeat penalty", \.repeatPenalty, 1.2, not: [1.17, 1.23, 1]),
        one("presence penalty", \.presencePenalty, 0.8, not: [0.72, 0.88, 0]),
        one("frequency penalty", \.frequencyPenalty, 0.3, not: [0.26, 0.34, 0]),
        one("of recent text", \.penalisedText, .recent, not: [.answer]) {
            ($0.presencePenalty, $0.frequencyPenalty, $0.repeatLastN) = (0.5, 0.4, 30)
        },
        one("logit bias", \.logitBias, [3: 1, 7: -2], not: [[3: 1.08, 7: -2], [3: 1]]),
        one(
            "DRY", \.dry, .init(multiplier: 0.7, allowedLength: 1),
            not: [
                .init(multiplier: 0.6, allowedLength: 1), .init(multiplier: 0.7, base: 1.55, allowedLength: 1),
                .init(multiplier: 0.7, allowedLength: 2), .init(multiplier: 0.7, allowedLength: 1, lastN: 7),
            ]),
        // Without learning it allows twice the target for good.
        one(
            "Mirostat 1", \.mirostat, .init(.first, targetSurprise: 2, learningRate: 0),
            not: [
                .init(.first, targetSurprise: 1.8), .init(.first, targetSurprise: 2.2),
                .init(.second, targetSurprise: 2),
            ]
        ) { $0.temperature = 0.8 },
        one(
            "Mirostat 2", \.mirostat, .init(.second, targetSurprise: 2, learningRate: 0),
            not: [.init(.second, targetSurprise: 1.5), .init(.second, targetSurprise: 2.5), .init()]
        ) { $0.temperature = 1.2 },
        Case(
            name: "all at once", options: every,
            wrong: [
                every.with { $0.xtc.probability = 0.45 }, every.with { $0.typicalP = 0.8 },
                every.with { $0.temperature = 1.5 }, every.with { $0.samplers.swapAt(0, 7) },
            ]),
        Case(
            name: "backwards", options: every.with { $0.samplers.reverse() },
            wrong: [every, every.with { $0.samplers = SamplerStage.defaultOrder.reversed().dropLast() }]),
        one(
            "temperature first", \.samplers, [.temperature, .topP, .typical],
            not: [[.topP, .typical, .temperature], [.topP, .temperature, .typical]]
        ) { ($0.temperature, $0.topP, $0.typicalP) = (1.6, 0.7, 0.8) },
    ]

    static let logits: [Float] = {
        var random = RandomValues(seed: 33)
        return random.array(40).map { 3 * $0 + 0.3 }
    }()
    /// Ends in 5, 9, which stands in it twice, once behind the same token.
    static let history: [TokenID] = [1, 2, 3, 30, 5, 9, 12, 1, 7, 5, 9, 3, 3, 8, 30, 5, 9]

    @Test(arguments: cases) func aMillionDrawsAreAsDefined(_ test: Case) throws {
        let draws = 1_000_000
        let answer = Self.history[8...]
        var sampler = Sampler(test.options.with { $0.seed = 77 })
        var counts = [Int](repeating: 0, count: Self.logits.count)
        for _ in 0..<draws {
            counts[Int(try sampler.sample(Self.logits, history: Self.history, answer: answer))] += 1
        }
        func statistic(_ options: SamplingOptions) -> Double {
            chiSquare(
                counts,
                SamplerDefinition.probabilities(Self.logits, options, history: Self.history, answer: Array(answer)))
        }
        // Of 40 tokens it is above 100 once in millions of times.
        #expect(statistic(test.options) < 100)
        for (index, wrong) in test.wrong.enumerated() {
            let found = statistic(wrong)
            #expect(found > 200, "\(test.name), wrong \(index): \(found)")
        }
    }

    /// Infinity where a token was drawn that cannot be.
    private func chiSquare(_ counts: [Int], _ probabilities: [Double]) -> Double {
        let draws = Double(counts.reduce(0, +))
        return zip(counts, probabilities).reduce(0) { sum, token in
            let (count, expected) = (Double(token.0), token.1 * draws)
            guard expected > 0 else { return token.0 == 0 ? sum : .infinity }
            return sum + (count - expected) * (count - expected) / expected
        }
    }
}
