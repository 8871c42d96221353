import Llamarada
import LlamaradaText
import TestSupport
import Testing

/// Conversations.
@Suite(.serialized) struct SessionTests {
    private static let options = GenerationOptions(maxTokens: 9, sampling: .greedy, ignoresEndOfText: true)

    private static func model(sequences: Int = 2, backend: Backend = .vulkan()) async throws -> LanguageModel {
        try await LanguageModel.load(
            TestRequest.path, options: LoadOptions(backend: backend, contextLength: 160, sequences: sequences))
    }

    private static func tokens(_ count: Int, seed: UInt64) -> [TokenID] {
        var random = RandomSource(seed: seed)
        return (0..<count).map { _ in TokenID.random(in: 0..<300, using: &random) }
    }

    private static func turn(
        _ session: Session, _ text: [TokenID], _ options: GenerationOptions = options
    ) async throws -> (tokens: [TokenID], summary: GenerationSummary?) {
        var tokens: [TokenID] = []
        var summary: GenerationSummary?
        for try await event in session.generate(text, options: options) {
            if case .token(let token) = event { tokens.append(token.id) }
            if case .finished(let end) = event { summary = end }
        }
        return (tokens, summary)
    }

    @Test(arguments: [Backend.vulkan(), .cpu]) func aTurnComputesOnlyWhatIsNew(backend: Backend) async throws {
        let model = try await Self.model(backend: backend)
        let session = model.session()
        let (first, _) = try await Self.turn(session, Self.tokens(40, seed: 1))
        #expect(session.tokens.count == 49 && Array(session.tokens.suffix(9)) == first)
        let (_, summary) = try await Self.turn(session, Self.tokens(11, seed: 2))
        // All but the last token of the answer, which was chosen and not computed.
        #expect(summary?.promptTokens == 60 && summary?.reusedTokens == 48)
        #expect(session.tokens.count == 69)
    }

    /// Neither neighbours nor a cache that had to give everything up change what a conversation says.
    @Test func conversationsDependOnNobody() async throws {
        func talk(_ model: LanguageModel, disturbing: Bool) async throws -> [[TokenID]] {
            let session = model.session()
            var answers: [[TokenID]] = []
            for index in 0..<3 {
                answers.append(try await Self.turn(session, Self.tokens(13 + index, seed: UInt64(index))).tokens)
                guard disturbing else { continue }
                // Enough to fill the cache, and a request that shares the conversation's tokens as a prompt.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for other in 0..<5 {
                        let text =
                            other == 2
                            ? session.tokens : Self.tokens(120, seed: UInt64(50 + 10 * index + other))
                        group.addTask { _ = try await Self.turn(model.session(), text) }
                    }
                    try await group.waitForAll()
                }
            }
            return answers
        }
        let quiet = try await talk(try await Self.model(), disturbing: false)
        let disturbed = try await talk(try await Self.model(), disturbing: true)
        #expect(quiet == disturbed)
    }

    @Test func oneAnswerAtATime() async throws {
        let session = try await Self.model().session()
        let stream = session.generate(Self.tokens(3, seed: 1), options: Self.options)
        await #expect(throws: GenerationError.self) { _ = try await Self.turn(session, [1]) }
        #expect(throws: GenerationError.self) { try session.rewind(to: 0) }
        for try await _ in stream {}
        _ = try await Self.turn(session, [1])
    }

    @Test func rewindingGoesAnotherWay() async throws {
        let session = try await Self.model().session()
        let (first, _) = try await Self.turn(session, Self.tokens(20, seed: 1))
        let (second, _) = try await Self.turn(session, Self.tokens(20, seed: 2))
        try session.rewind(to: 29)
        let (again, summary) = try await Self.turn(session, Self.tokens(20, seed: 2))
        #expect(again == second && summary?.reusedTokens ?? 0 >= 28)
        try session.rewind(to: 0)
        #expect(try await Self.turn(session, Self.tokens(20, seed: 1)).tokens == first)
    }

    /// What was read before an answer was left belongs to the history; the next text waits until it has ended.
    @Test func anAnswerThatIsLeft() async throws {
        let session = try await Self.model().session()
        var options = Self.options
        options.maxTokens = 100
        var read: [TokenID] = []
        for try await event in session.generate(Self.tokens(5, seed: 1), options: options) {
            if case .token(let token) = event { read.append(token.id) }
            if read.count == 3 { break }
        }
        let (_, summary) = try await Self.turn(session, [7])
        #expect(summary?.promptTokens == 5 + 3 + 1)
        #expect(Array(session.tokens[5..<9]) == read + [7])
    }

    /// A turn that was refused, or left before it began, changes nothing of what is said later.
    @Test func turnsThatCameToNothing() async throws {
        func talk(_ disturbing: Bool) async throws -> [TokenID] {
            let model = try await Self.model(sequences: 1)
            let session = model.session()
            _ = try await Self.turn(session, Self.tokens(20, seed: 1))
            if disturbing {
                await #expect(throws: GenerationError.self) {
                    _ = try await Self.turn(session, Self.tokens(500, seed: 2))
                }
                await #expect(throws: GenerationError.self) { _ = try await Self.turn(session, [999_999]) }
                let other = model.generate(Self.tokens(9, seed: 3), options: GenerationOptions(ignoresEndOfText: true))
                var reader = other.makeAsyncIterator()
                _ = try await reader.next()
                // Left at once, while another request has the engine.
                _ = session.generate([5], options: Self.options)
            }
            return try await Self.turn(session, disturbing ? [] : [5]).tokens
        }
        #expect(try await talk(true) == talk(false))
    }
}
