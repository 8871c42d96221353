import Foundation
import Llamarada
import LlamaradaDevice
import LlamaradaText
import TestSupport
import Testing

/// Layers with a window give their pages back, and nothing that comes out shows it.
@Suite struct WindowedPagesTests {
    private static let path = ModelFixture.folder.appending(path: "models/gemma3-f32.gguf").path()
    private static let prompt = (0..<300).map { place in
        var random = RandomSource(seed: UInt64(place))
        return TokenID.random(in: 0..<390, using: &random)
    }
    private static let options = GenerationOptions(
        maxTokens: 180, sampling: .greedy, ignoresEndOfText: true, logProbabilities: 1)

    /// Chunks as long as the context leave nothing to give back, since a step's rows are all kept.
    private static func load(
        chunk: Int, backend: Backend = .vulkan()
    ) async throws -> LanguageModel {
        let model = try await LanguageModel.load(
            path, options: LoadOptions(backend: backend, contextLength: 512, sequences: 2, chunk: chunk))
        await model.poisonFreedPages()
        return model
    }

    private static func answer(_ model: LanguageModel, _ prompt: [TokenID]) async throws -> TestRequest.Answer {
        try await TestRequest.Answer(model.generate(prompt, options: options))
    }

    @Test func aLongTextHasTheSameBits() async throws {
        let whole = try await Self.load(chunk: 512)
        let expected = try await Self.answer(whole, Self.prompt)
        #expect(expected.tokens.count == 180 && Set(expected.tokens).count > 3)
        let model = try await Self.load(chunk: 16)
        #expect(try await Self.answer(model, Self.prompt) == expected)
        let bytes = try #require(model.memoryPlan).cacheByteCount
        let wholeBytes = try #require(whole.memoryPlan).cacheByteCount
        // Five of six layers keep 3 pages of 16.
        // That is 31 of 96; drivers add some bytes to a buffer.
        let share = Double(bytes) / Double(wholeBytes)
        #expect(share > 0.31 && share < 0.34)
        // A text that goes on where this one began, and two at once.
        let state = await model.cacheState()
        #expect(state.problems == [] && state.seen == 0)
        let longer = Array(Self.prompt.prefix(250)) + [1, 2, 3]
        async let first = Self.answer(model, Self.prompt)
        async let second = Self.answer(model, longer)
        #expect(try await first == expected)
        #expect(try await second == Self.answer(whole, longer))
        #expect(await model.cacheState().problems == [])
    }

    /// What the last window of a text needs is still there when a conversation goes on.
    @Test func aConversationGoesOnWithoutComputingAnew() async throws {
        let model = try await Self.load(chunk: 16)
        let session = model.session()
        _ = try await TestRequest.Answer(session.generate(Self.prompt, options: Self.options))
        #expect(await model.cacheState().reusedPositions == 0)
        _ = try await TestRequest.Answer(session.generate([4, 5], options: GenerationOptions(maxTokens: 2)))
        #expect(await model.cacheState().reusedPositions >= 470)
    }

    @Test func onTheCPUToo() async throws {
        let whole = try await Self.load(chunk: 512, backend: .cpu)
        let model = try await Self.load(chunk: 16, backend: .cpu)
        let expected = try await Self.answer(whole, Self.prompt)
        #expect(try await Self.answer(model, Self.prompt).tokens == expected.tokens)
    }
}
