import Foundation
import Llamarada
import LlamaradaText
import TestSupport
import Testing

@Suite struct MirostatTests {
    /// Logits that change from token to token, and what is allowed at each: after every token the same in f64.
    @Test(arguments: [SamplingOptions.Mirostat.Version.first, .second])
    func followsTheSurpriseAsDefined(_ version: SamplingOptions.Mirostat.Version) throws {
        let mirostat = SamplingOptions.Mirostat(version, targetSurprise: 3, learningRate: 0.2)
        let options = SamplingOptions(temperature: 0.9, seed: 12).with { $0.mirostat = mirostat }
        var (sampler, random) = (Sampler(options), RandomValues(seed: 8))
        var allowed = 6.0
        var steps: [Double] = []
        for _ in 0..<2000 {
            let logits = random.array(100).map { 4 * $0 }
            let row = logits.map { Double($0) / Double(Float(0.9)) }
            let kept = SamplerDefinition.softmax(SamplerDefinition.mirostat(row, mirostat, allowing: allowed))
            let token = Int(try sampler.sample(logits, history: []))
            try #require(kept[token] > 0, "after \(steps.count) tokens")
            allowed -= Double(mirostat.learningRate) * (-log2(kept[token]) - 3)
            let found = try #require(sampler.largestSurprise)
            #expect(abs(found - allowed) < 1e-4)
            steps.append(-log2(kept[token]))
        }
        // It does what it is for, and not because nothing changes.
        #expect(abs(steps.reduce(0, +) / 2000 - 3) < 0.05 && Set(steps.prefix(100)).count > 50)
    }

    /// What was copied goes on alike, and what is under way changes no copy.
    @Test func copiesAreIndependent() throws {
        let options = SamplingOptions(temperature: 1, seed: 4).with { $0.mirostat = .init(.second) }
        let logits: [Float] = (0..<50).map { Float($0) / 20 }
        var first = Sampler(options)
        for _ in 0..<10 { _ = try first.sample(logits, history: []) }
        var (second, third) = (first, first)
        let tokens = try (0..<10).map { _ in try first.sample(logits, history: []) }
        #expect(try (0..<10).map { _ in try second.sample(logits, history: []) } == tokens)
        #expect(second.largestSurprise == first.largestSurprise && third.largestSurprise != first.largestSurprise)
        #expect(try third.sample(logits, history: []) == tokens[0])
    }

    @Test(
        arguments: [
            [1], [2, 2], [0, 0, 0, 0], [.greatestFiniteMagnitude, 0, -.greatestFiniteMagnitude],
            Array(repeating: -3, count: 500), (0..<300).map { -log(Float($0 + 1)) },
            [0] + Array(repeating: -.greatestFiniteMagnitude, count: 30),
        ] as [[Float]])
    func anyLogitsGiveATokenAndANumber(_ logits: [Float]) throws {
        for version in [SamplingOptions.Mirostat.Version.first, .second] {
            for temperature: Float in [0, 1e-30, 1, 1e30] {
                let mirostat = SamplingOptions.Mirostat(version, targetSurprise: 1e-3, learningRate: 100)
                var sampler = Sampler(
                    SamplingOptions(temperature: temperature, seed: 1).with { $0.mirostat = mirostat })
                for _ in 0..<20 {
                    #expect(logits.indices.contains(Int(try sampler.sample(logits, history: []))))
                    #expect(try #require(sampler.largestSurprise).isFinite)
                }
            }
        }
    }
}
