import Foundation
import Llamarada
import LlamaradaText
import TestSupport
import Testing

/// Whether the device draws a token or the host, which it does where somebody wants to see the logits: the same text.
@Suite struct SamplingSidesTests {
    private static let options: [(name: String, options: SamplingOptions)] = [
        (
            "every filter",
            SamplingOptions(temperature: 1.5, minP: 0).with {
                $0.typicalP = 0.9
                $0.xtc = .init(probability: 0.5, threshold: 0.03)
                $0.dynamicTemperature = .init(range: 1, exponent: 0.7)
            }
        ),
        (
            "OpenAI's penalties and biases",
            SamplingOptions(
                temperature: 1.2, presencePenalty: 1.5, frequencyPenalty: 0.5,
                logitBias: [5: 3, 9: -.greatestFiniteMagnitude])
        ),
        (
            "llama.cpp's penalties",
            SamplingOptions(
                repeatPenalty: 1.3, repeatLastN: 12, presencePenalty: 0.4, frequencyPenalty: 0.3
            ).with { $0.penalisedText = .recent }
        ),
        ("DRY", SamplingOptions(temperature: 0).with { $0.dry = .init(multiplier: 2, allowedLength: 1) }),
        ("greedy with a bias", SamplingOptions(temperature: 0, logitBias: [7: 2, 8: 1.5])),
    ]

    @Test func bothSidesGiveTheSameText() async throws {
        let model = try await LanguageModel.load(
            ModelFixture.folder.appending(path: "models/f32.gguf").path(),
            options: LoadOptions(backend: .vulkan(), sequences: 4))
        let plain = try await tokens(model, .greedy, scores: nil)
        for (name, options) in Self.options {
            #expect(options.devicePath == .sampler, "\(name)")
            let seeded = options.with { $0.seed = 3 }
            let device = try await tokens(model, seeded, scores: nil)
            #expect(try await tokens(model, seeded, scores: 0) == device, "\(name)")
            #expect(device != plain && device.count == 60, "\(name)")
        }
    }

    private func tokens(_ model: LanguageModel, _ sampling: SamplingOptions, scores: Int?) async throws -> [TokenID] {
        let options = GenerationOptions(
            maxTokens: 60, sampling: sampling, ignoresEndOfText: true, logProbabilities: scores)
        var tokens: [TokenID] = []
        for try await event in model.generate([1, 30, 31, 32, 30], options: options) {
            if case .token(let token) = event { tokens.append(token.id) }
        }
        return tokens
    }
}
