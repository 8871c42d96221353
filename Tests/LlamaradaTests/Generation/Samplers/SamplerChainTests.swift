import Foundation
import Llamarada
import LlamaradaText
import TestSupport
import Testing

@Suite struct SamplerChainTests {
    @Test func namesAreLlamaCpps() {
        for stage in SamplerStage.allCases { #expect(SamplerStage(name: stage.rawValue) == stage) }
        #expect(SamplerStage(name: "nucleus") == .topP && SamplerStage(name: "typical") == .typical)
        #expect(SamplerStage(name: "temp") == .temperature && SamplerStage(name: "infill") == nil)
        #expect(SamplerStage(name: "") == nil && SamplerStage(name: "Top_K") == nil)
        #expect("edskypmxt".map { SamplerStage(letter: $0) } == SamplerStage.defaultOrder)
        #expect(SamplerStage(letter: "i") == nil)
    }

    @Test func onlyWhatDoesSomethingCounts() {
        #expect(SamplerChain(.init()).stages == [.topK, .topP, .minP, .temperature])
        let nothing = SamplingOptions(temperature: 1, topK: 0, topP: 1, minP: 0)
        #expect(SamplerChain(nothing).stages.isEmpty)
        let inert = nothing.with {
            ($0.repeatPenalty, $0.repeatLastN, $0.topNSigma) = (1.2, 0, 0)
            $0.xtc = .init(probability: 1, threshold: 0.51)
            $0.dry = .init(multiplier: 1, lastN: 0)
        }
        #expect(SamplerChain(inert).stages.isEmpty)
        let order: [SamplerStage] = [.temperature, .minP, .topK]
        #expect(SamplerChain(SamplingOptions().with { $0.samplers = order }).stages == order)
        // Mirostat leaves the temperature alone.
        #expect(SamplerChain(.init().with { $0.mirostat.version = .first }).stages == [.temperature])
    }

    /// In the kernel's order the chain and the kernel's definition draw the same tokens, bit for bit.
    @Test func theChainIsTheKernelsDefinition() throws {
        var random = RandomValues(seed: 2)
        let filters: [SamplerStage] = [.topK, .typical, .topP, .minP, .xtc, .temperature]
        for seed in 0..<2000 {
            let options = SamplingOptions(
                temperature: Float(seed % 4) / 2, topK: [0, 5, 40, 200][seed / 4 % 4],
                topP: [1, 0.9][seed / 16 % 2], minP: [0, 0.05][seed / 32 % 2], seed: UInt64(seed)
            ).with {
                $0.samplers = filters
                $0.typicalP = [1, 0.8][seed / 64 % 2]
                $0.xtc.probability = [0, 0.5][seed / 128 % 2]
                $0.dynamicTemperature.range = [0, 0.7][seed / 256 % 2]
            }
            let logits = random.array(100).map { seed % 3 == 0 ? (4 * $0).rounded() : 6 * $0 }
            var (direct, chained) = (Sampler(options), Sampler(options))
            let expected = try direct.sample(logits, history: [])
            #expect(try chained.sampleByChain(logits) == expected, "\(options)")
        }
    }

    /// Temperature 0 keeps the likeliest of what is there when its turn comes, wherever that is.
    @Test func temperatureZeroInAnyPlace() throws {
        let logits: [Float] = [1, 3, 2.9, 0]
        func token(_ samplers: [SamplerStage], _ change: (inout SamplingOptions) -> Void = { _ in }) throws -> TokenID {
            var sampler = Sampler(
                SamplingOptions(temperature: 0, repeatPenalty: 2, seed: 1).with {
                    $0.samplers = samplers
                    change(&$0)
                })
            return try sampler.sample(logits, history: [1])
        }
        #expect(try token([.penalties, .temperature]) == 2)
        #expect(try token([.temperature, .penalties]) == 1)
        let always = SamplingOptions.XTC(probability: 1, threshold: 0.1)
        #expect(try token([.xtc, .temperature]) { $0.xtc = always } == 2)
        #expect(try token([.temperature, .xtc]) { $0.xtc = always } == 1)
    }

    /// A forbidden token stays so, whatever penalties do, and counts for nothing in top-n-sigma.
    @Test func forbiddenTokens() throws {
        let forbidden: [TokenID: Float] = [2: -.greatestFiniteMagnitude, 4: -.greatestFiniteMagnitude]
        let logits: [Float] = [0, 1, 9, 0.5, 8, 0.2]
        for options in [
            SamplingOptions(topK: 0, repeatPenalty: 3, logitBias: forbidden),
            SamplingOptions(temperature: 9, topK: 0, topP: 1, minP: 0, presencePenalty: -1e38, logitBias: forbidden),
            SamplingOptions(temperature: 2, topK: 0, topP: 1, minP: 0, logitBias: forbidden).with { $0.topNSigma = 5 },
        ] {
            var sampler = Sampler(options.with { $0.seed = 5 })
            let tokens = Set(try (0..<300).map { _ in try sampler.sample(logits, history: [2, 4, 2], answer: [2]) })
            #expect(tokens.isDisjoint(with: [2, 4]) && tokens.contains(1))
        }
    }

    @Test func takesAsManyRandomNumbersWhateverTheLogitsAre() throws {
        let options = SamplingOptions(seed: 3).with { $0.xtc = .init(probability: 0.5, threshold: 0.1) }
        var (one, many, random) = (Sampler(options), Sampler(options), RandomSource(seed: 3))
        for _ in 0..<50 {
            _ = try one.sample([1], history: [])
            _ = try many.sample([1, 2, 3, 4], history: [])
        }
        #expect(one.nextRow() == many.nextRow())
        // First whether top choices are left out, then the draw.
        for _ in 0..<100 { _ = random.nextUnit() }
        let rows = [one.nextRow(), one.nextRow()]
        for _ in 0..<2 { _ = random.nextUnit() }
        for row in rows {
            let isExcluding = random.nextUnit() < 0.5
            #expect(row.xtcThreshold == (isExcluding ? 0.1 : SamplerRow.noXTC))
            #expect(row.uniform == Float(random.nextUnit()))
        }
    }
}

@Suite struct LogarithmTests {
    @Test func areThoseOfF64() {
        var (worstLog, worstReciprocal) = (0.0, 0.0)
        for step in -120...120 {
            for part in 0..<2000 {
                let x = Float(sign: .plus, exponent: step, significand: 1 + Float(part) / 2000)
                let exact = log(Double(x))
                worstLog = max(worstLog, abs(Double(Reference.log32(x)) - exact) / max(1, abs(exact)))
                worstReciprocal = max(worstReciprocal, abs(Double(Reference.reciprocal32(x)) * Double(x) - 1))
            }
        }
        #expect(worstLog < 2e-7 && worstReciprocal < 1.5e-7, "\(worstLog), \(worstReciprocal)")
        #expect(Reference.log32(1) == 0)
    }
}
