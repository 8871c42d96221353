import Foundation
import Llamarada
import LlamaradaDevice
import LlamaradaText
import TestSupport
import Testing

/// Thousands of requests through a small cache.
@Suite(.serialized) struct ManySequencesTests {
    private static let options = LoadOptions(contextLength: 256, sequences: 8, chunk: 32)

    /// 32 sequences that share 64 pages of 32 positions: pages are what they wait for.
    private static func crowdedModel() async throws -> LanguageModel {
        let options = LoadOptions(contextLength: 256, sequences: 32, chunk: 32)
        return try await LanguageModel.load(TestRequest.path, options: options, throwingProgress: nil) {
            SmallCache($0, pages: 64)
        }
    }

    private static func requests(_ count: Int) -> [TestRequest] {
        (0..<count).map { index in
            var random = RandomSource(seed: UInt64(index))
            var common = RandomSource(seed: UInt64(index % 4))
            let length = Int.random(in: 1...100, using: &random)
            let prompt = (0..<length).map { place in
                place < 50 ? TokenID.random(in: 0..<300, using: &common) : TokenID.random(in: 0..<300, using: &random)
            }
            return TestRequest(
                prompt: prompt,
                options: GenerationOptions(
                    maxTokens: Int.random(in: 1...6, using: &random),
                    sampling: .init(seed: UInt64(index)), ignoresEndOfText: true))
        }
    }

    /// The validation layer, which takes twenty times as long, sees every kind of step in a tenth of them.
    private static let requestCount = Validation.isOn ? 200 : 2000

    /// Two thousand of them, with readers that are slow and readers that leave: every one is answered as if it were
    /// alone, freed pages are poisoned, and everything comes back.
    @Test func twoThousand() async throws {
        let different = Self.requests(40)
        let reference = try await LanguageModel.load(TestRequest.path, options: Self.options)
        var expected: [TestRequest.Answer] = []
        for (index, request) in different.enumerated() {
            expected.append(try await request.answer(of: reference, salt: UInt64(1 + index)))
        }
        let model = try await Self.crowdedModel()
        await model.poisonFreedPages()
        let counts = try await withThrowingTaskGroup(of: Bool.self) { group in
            var counts = (answered: 0, left: 0)
            func note(_ isAnswered: Bool?) {
                guard let isAnswered else { return }
                if isAnswered { counts.answered += 1 } else { counts.left += 1 }
            }
            for index in 0..<Self.requestCount {
                // As many as a busy server would have at hand.
                if index >= 48 { note(try await group.next()) }
                let (request, wanted) = (different[index % different.count], expected[index % different.count])
                group.addTask {
                    if index % 7 == 3 {
                        try await Self.leave(model, request, after: index % 3)
                        return false
                    }
                    #expect(try await Self.slowly(model, request, index) == wanted, "request \(index)")
                    return true
                }
            }
            while let isAnswered = try await group.next() { note(isAnswered) }
            return counts
        }
        #expect(counts.answered + counts.left == Self.requestCount && counts.answered > Self.requestCount * 3 / 4)
        let state = await model.cacheState()
        #expect(state.problems == [] && state.owned == 0 && state.reserved == 0)
        #expect(state.reusedPositions > 5 * Self.requestCount)
    }

    private static func leave(_ model: LanguageModel, _ request: TestRequest, after count: Int) async throws {
        var request = request
        request.options.maxTokens = 100
        var seen = 0
        for try await _ in model.generate(request.prompt, options: request.options) {
            seen += 1
            if seen > count { break }
        }
    }

    private static func slowly(
        _ model: LanguageModel, _ request: TestRequest, _ index: Int
    ) async throws -> TestRequest.Answer {
        var answer = TestRequest.Answer()
        for try await event in model.generate(request.prompt, options: request.options) {
            if index % 11 == 5 { try await Task.sleep(for: .milliseconds(2)) }
            if case .token(let token) = event { answer.tokens.append(token.id) }
        }
        return answer
    }

    /// What can never fit is refused at once; what fits waits, and nobody waits for ever.
    @Test func whatDoesNotFitIsRefused() async throws {
        let model = try await LanguageModel.load(
            TestRequest.path, options: LoadOptions(contextLength: 64, sequences: 2))
        await #expect(throws: GenerationError.self) {
            for try await _ in model.generate([TokenID](repeating: 1, count: 65)) {}
        }
        let endless = GenerationOptions(sampling: .greedy, ignoresEndOfText: true)
        try await withThrowingTaskGroup(of: GenerationSummary.StopReason?.self) { group in
            for index in 0..<6 {
                group.addTask {
                    var reason: GenerationSummary.StopReason?
                    for try await event in model.generate([TokenID(index + 1)], options: endless) {
                        if case .finished(let summary) = event { reason = summary.stopReason }
                    }
                    return reason
                }
            }
            for try await reason in group { #expect(reason == .contextFull) }
        }
    }

    /// A reader that does not read pauses its own sequence and nobody else's.
    @Test func aReaderThatStopsHoldsNobodyBack() async throws {
        let model = try await LanguageModel.load(TestRequest.path, options: Self.options)
        let endless = GenerationOptions(sampling: .greedy, ignoresEndOfText: true)
        var stuck = model.generate([5, 6, 7], options: endless).makeAsyncIterator()
        _ = try await stuck.next()
        var others = 0
        for try await event in model.generate([1, 2], options: endless) { if case .token = event { others += 1 } }
        #expect(others > 200)
        // What lies ready is what the buffer holds, and it goes on from there.
        var rest = 0
        while let event = try await stuck.next() { if case .token = event { rest += 1 } }
        #expect(rest > 200)
    }

    /// Readers who wait for one another, with one sequence at a time.
    @Test func readersMayTakeTurns() async throws {
        let options = LoadOptions(contextLength: 128, sequences: 1)
        let model = try await LanguageModel.load(TestRequest.path, options: options)
        let requests = TestRequest.sixteen.map { request in
            var request = request
            request.options.maxTokens = 30
            return request
        }.prefix(3)
        var expected: [TestRequest.Answer] = []
        for request in requests { expected.append(try await request.answer(of: model, salt: 1)) }
        // All are begun, then read one after the other, the last first.
        let streams = requests.map { model.generate($0.prompt, options: $0.options) }
        for index in streams.indices.reversed() {
            var tokens: [TokenID] = []
            for try await event in streams[index] { if case .token(let token) = event { tokens.append(token.id) } }
            #expect(tokens == expected[index].tokens)
        }
        // And event by event.
        var readers = requests.map { model.generate($0.prompt, options: $0.options).makeAsyncIterator() }
        var answers = [[TokenID]](repeating: [], count: readers.count)
        var open = readers.count
        while open > 0 {
            open = 0
            for index in readers.indices {
                guard let event = try await readers[index].next() else { continue }
                open += 1
                if case .token(let token) = event { answers[index].append(token.id) }
            }
        }
        #expect(answers == expected.map(\.tokens))
        #expect(await model.cacheState().problems == [])
    }

    @Test func unloadingEndsEverything() async throws {
        let model = try await LanguageModel.load(TestRequest.path, options: Self.options)
        let endless = GenerationOptions(ignoresEndOfText: true)
        var running = model.generate([5, 6, 7], options: endless).makeAsyncIterator()
        _ = try await running.next()
        await model.unload()
        let error = await #expect(throws: GenerationError.self) { while try await running.next() != nil {} }
        #expect(error?.code == .unloaded)
        await #expect(throws: GenerationError.self) { try await model.score([1, 2]) }
    }
}

/// An engine that says it has fewer pages than it has.
private final class SmallCache: Engine {
    private let engine: any Engine
    let capacity: EngineCapacity

    init(_ engine: any Engine, pages: Int) {
        self.engine = engine
        var capacity = engine.capacity
        capacity.pages = pages
        self.capacity = capacity
    }

    var configuration: ModelConfiguration { engine.configuration }
    var memoryPlan: MemoryPlan? { engine.memoryPlan }
    func setPages(_ table: PageTable, ofSlot slot: Int) { engine.setPages(table, ofSlot: slot) }
    func copyPages(_ copies: [PageCopy]) throws { try engine.copyPages(copies) }
    func poisonPages(_ pages: PageTable) throws { try engine.poisonPages(pages) }
    func run(_ step: Step) throws -> [RowResult] { try engine.run(step) }
}
