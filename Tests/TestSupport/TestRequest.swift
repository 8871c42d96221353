import Foundation
package import Llamarada
package import LlamaradaText

/// A request to a tiny model, and what it gives.
package struct TestRequest: Sendable {
    package var prompt: [TokenID]
    package var options: GenerationOptions

    package init(prompt: [TokenID], options: GenerationOptions) {
        self.prompt = prompt
        self.options = options
    }

    /// The model of these requests.
    package static let path = ModelFixture.folder.appending(path: "models/q8_0.gguf").path()

    /// Of different lengths, samplers and seeds; some begin alike, some end at a page's end.
    package static let sixteen: [TestRequest] = (0..<16).map { index in
        var random = RandomSource(seed: UInt64(100 + index))
        var common = RandomSource(seed: UInt64(index % 3))
        let length = [1, 2, 5, 31, 32, 33, 40, 64, 65, 7, 90, 48, 12, 3, 70, 20][index]
        let prompt = (0..<length).map { place in
            place < 40 ? TokenID.random(in: 0..<300, using: &common) : TokenID.random(in: 0..<300, using: &random)
        }
        let sampling: SamplingOptions =
            switch index % 4 {
            case 0: .greedy
            case 1: .init(seed: UInt64(index))
            case 2: .init(temperature: 1.3, topK: 0, topP: 1, minP: 0, seed: UInt64(index))
            default: .init(temperature: 0.6, topK: 12, topP: 0.8, repeatPenalty: 1.3, seed: UInt64(index))
            }
        return TestRequest(
            prompt: prompt,
            options: GenerationOptions(
                maxTokens: [12, 3, 20, 9, 1, 30, 7, 16][index % 8], sampling: sampling, ignoresEndOfText: true,
                logProbabilities: index % 2 == 0 ? 3 : nil))
    }

    /// What a request gives, to the bit.
    package struct Answer: Sendable, Equatable {
        package var tokens: [TokenID] = []
        package var scores: [UInt64] = []

        package init() {}

        /// Reads a whole stream.
        package init(_ stream: GenerationStream) async throws {
            for try await event in stream {
                guard case .token(let token) = event else { continue }
                tokens.append(token.id)
                if let found = token.scores {
                    let all = [found.logProbability] + found.top.compactMap(\.logProbability)
                    scores += all.map(\.bitPattern)
                }
            }
        }
    }

    package func answer(of model: LanguageModel, salt: UInt64 = 0) async throws -> Answer {
        var options = options
        options.cacheSalt = salt
        return try await Answer(model.generate(prompt, options: options))
    }
}
