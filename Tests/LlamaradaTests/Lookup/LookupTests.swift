import Foundation
import Llamarada
import LlamaradaText
import TestSupport
import Testing

/// Drafts change no bit: tokens and log-probabilities are those of a request that drafts nothing, alone and in company.
@Suite(.serialized) struct LookupTests {
    // MARK: Requests

    /// The sixteen requests, longer: their texts go over the ends of pages, and some to the end of the context.
    private static let requests = TestRequest.sixteen.enumerated().map { index, request in
        var request = request
        request.options.maxTokens = index % 5 == 4 ? nil : (request.options.maxTokens ?? 0) + 20
        if index == 6 { request.options.sampling.presencePenalty = 0.7 }
        if index == 8 { request.options.sampling = .init(repeatPenalty: 1.2, repeatLastN: -1, seed: 8) }
        return request
    }

    /// What is drawn with random numbers and memories of its own, on the device and on the host.
    private static let samplings: [(SamplingOptions, lookup: Int)] = [
        (.init(temperature: 1.5).with { $0.xtc = .init(probability: 0.5, threshold: 0.02) }, 15),
        (.init(temperature: 1.2, topK: 0, minP: 0).with { $0.xtc = .init(probability: 0.5, threshold: 0.01) }, 7),
        (.init(temperature: 1.2).with { $0.mirostat = .init(.first, targetSurprise: 3) }, 15),
        (.init(temperature: 1.2).with { $0.mirostat = .init(.second, targetSurprise: 3) }, 5),
        (.init(topK: 6).with { $0.dry = .init(multiplier: 2, base: 1.5, allowedLength: 1, lastN: -1) }, 15),
        (.init(temperature: 1.4).with { $0.typicalP = 0.5 }, 7),
        (
            .init(topK: 8, presencePenalty: 0.8, frequencyPenalty: 0.4).with {
                ($0.penalisedText, $0.repeatLastN) = (.recent, 12)
            }, 15
        ),
        (.init(temperature: 3).with { $0.samplers = [.temperature, .topP, .topK, .xtc, .penalties] }, 15),
        (.init(temperature: 2).with { $0.topNSigma = 1.2 }, 31),
        (crossing(biases: 505), 15), (crossing(biases: 509), 31), (crossing(biases: 510), 7),
        (returning(biases: 506), 15), (returning(biases: 507), 31), (returning(biases: 508), 15),
    ]

    /// Of so many changes of logits that an answer soon has more than the device takes.
    private static func crossing(biases: Int) -> SamplingOptions {
        var options = SamplingOptions(temperature: 1.3, presencePenalty: 0.5)
        options.xtc = .init(probability: 0.5, threshold: 0.02)
        for index in 0..<biases { options.logitBias[TokenID(100_000 + index)] = 1 }
        return options
    }

    /// Of so many that it has more now and then: twelve tokens are left, some six of them among the last eight.
    private static func returning(biases: Int) -> SamplingOptions {
        var options = crossing(biases: biases - 389)
        for token in 0..<401 where !(40..<52).contains(token) { options.logitBias[TokenID(token)] = -100 }
        (options.penalisedText, options.repeatLastN) = (.recent, 8)
        return options
    }

    private static let sampled = samplings.enumerated().map { index, sampling in
        var options = GenerationOptions(maxTokens: 40, sampling: sampling.0, ignoresEndOfText: true)
        options.sampling.seed = UInt64(index)
        return TestRequest(prompt: [TokenID(20 + index), 9, 40, 9, 41], options: options)
    }

    @Test(arguments: [Backend.vulkan(), .cpu]) func everySampler(backend: Backend) async throws {
        let drafting = zip(Self.sampled, Self.samplings).map { request, sampling in
            var request = request
            request.options.lookup = sampling.lookup
            return request
        }
        try await Self.compare(
            TestRequest.path, Self.options(backend, sequences: 1), atOnce: [1, 5], Self.sampled, drafting: drafting)
    }

    /// Drafts of every length, and two requests without any.
    private static func drafting(_ requests: [TestRequest]) -> [TestRequest] {
        requests.enumerated().map { index, request in
            var request = request
            request.options.lookup = [1, 3, 7, 0, 15, 31, 2, 8][index % 8]
            return request
        }
    }

    private static func options(_ backend: Backend, sequences: Int, chunk: Int = 64) -> LoadOptions {
        LoadOptions(backend: backend, contextLength: 128, sequences: sequences, chunk: chunk, threads: 2)
    }

    /// Each by itself, with nothing in the cache.
    private static func alone(_ model: LanguageModel, _ requests: [TestRequest]) async throws -> [TestRequest.Answer] {
        var answers: [TestRequest.Answer] = []
        for (index, request) in requests.enumerated() {
            answers.append(try await request.answer(of: model, salt: UInt64(1 + index)))
        }
        return answers
    }

    /// All at once.
    private static func together(
        _ model: LanguageModel, _ requests: [TestRequest]
    ) async throws -> [TestRequest.Answer] {
        let streams = requests.map { model.generate($0.prompt, options: $0.options) }
        return try await withThrowingTaskGroup(of: (Int, TestRequest.Answer).self) { group in
            for (index, stream) in streams.enumerated() { group.addTask { (index, try await .init(stream)) } }
            var answers = [TestRequest.Answer](repeating: .init(), count: requests.count)
            for try await (index, answer) in group { answers[index] = answer }
            return answers
        }
    }

    /// Has a model draft what is known to come.
    private static func foretell(
        _ model: LanguageModel, _ requests: [TestRequest], _ answers: [TestRequest.Answer]
    ) async {
        let wholes = zip(requests, answers).map { $0.prompt + $1.tokens }
        await model.draftFreely { OracleDrafter(wholes, prompt: $0) }
        await model.poisonFreedPages()
    }

    /// What was drafted, and that some of it came true and some did not.
    private static func expectDrafts(_ model: LanguageModel) {
        let activity = model.activity
        #expect(activity.acceptedRows > 20 && activity.draftedRows > activity.acceptedRows + 20)
    }

    /// What a path's model gives with drafts is what it gives without.
    private static func compare(
        _ path: String, _ options: LoadOptions, atOnce: [Int] = [5], _ requests: [TestRequest] = LookupTests.requests,
        drafting: [TestRequest] = LookupTests.drafting(LookupTests.requests)
    ) async throws {
        var single = options
        single.sequences = 1
        let plain = try await LanguageModel.load(path, options: single)
        let expected = try await alone(plain, requests)
        #expect(plain.activity.draftedRows == 0 && Set(expected.map(\.tokens)).count > 10)
        for sequences in atOnce {
            var options = options
            options.sequences = sequences
            let model = try await LanguageModel.load(path, options: options)
            await foretell(model, requests, expected)
            #expect(try await together(model, drafting) == expected, "\(sequences) at once")
            // With what the first round left in the cache.
            #expect(try await together(model, drafting) == expected, "\(sequences) at once, again")
            expectDrafts(model)
            #expect(await model.cacheState().problems == [])
        }
    }

    @Test func sixteenRequests() async throws {
        try await Self.compare(TestRequest.path, Self.options(.vulkan(), sequences: 1), atOnce: [1, 5, 16])
    }

    @Test func onTheCPU() async throws {
        try await Self.compare(TestRequest.path, Self.options(.cpu, sequences: 1))
    }

    @Test func withAQuantisedCache() async throws {
        var options = Self.options(.vulkan(), sequences: 1, chunk: 7)
        (options.keyCacheType, options.valueCacheType) = (.q8_0, .q8_0)
        try await Self.compare(TestRequest.path, options)
    }

    @Test func withFusedNorms() async throws {
        var options = Self.options(.vulkan(), sequences: 1)
        options.fusesKernels = true
        try await Self.compare(TestRequest.path, options)
    }

    /// A page that windows have passed is given back with drafts under way, and drafts fit where a step's rows do.
    @Test(arguments: [Backend.vulkan(), .cpu]) func withWindows(backend: Backend) async throws {
        let path = ModelFixture.folder.appending(path: "models/gemma3-f32.gguf").path()
        var random = RandomSource(seed: 3)
        let prompt = (0..<150).map { _ in TokenID.random(in: 0..<390, using: &random) }
        let sampling: [SamplingOptions] = [.greedy, .init(seed: 5)]
        let requests = sampling.enumerated().map { index, sampling in
            TestRequest(
                prompt: prompt.dropLast(index),
                options: GenerationOptions(maxTokens: 150, sampling: sampling, ignoresEndOfText: true))
        }
        let options = LoadOptions(backend: backend, contextLength: 320, sequences: 2, chunk: 8)
        let plain = try await LanguageModel.load(path, options: options)
        let expected = try await Self.together(plain, requests)
        #expect(expected.allSatisfy { $0.tokens.count == 150 })
        let model = try await LanguageModel.load(path, options: options)
        await Self.foretell(model, requests, expected)
        var drafting = requests
        for index in drafting.indices { drafting[index].options.lookup = 31 }
        #expect(try await Self.together(model, drafting) == expected)
        Self.expectDrafts(model)
        let state = await model.cacheState()
        #expect(state.problems == [] && state.seen == 0)
    }

    /// Drafts reach over the end of a split of attention.
    @Test func overTheEndOfASplit() async throws {
        var random = RandomSource(seed: 9)
        let prompt = (0..<490).map { _ in TokenID.random(in: 0..<300, using: &random) }
        let options = GenerationOptions(
            maxTokens: 60, sampling: .greedy, ignoresEndOfText: true, logProbabilities: 2)
        let requests = [TestRequest(prompt: prompt, options: options)]
        var load = LoadOptions(contextLength: 640, lookup: 15)
        let expected = try await Self.together(try await .load(TestRequest.path, options: load), requests)
        load.sequences = 2
        let model = try await LanguageModel.load(TestRequest.path, options: load)
        await Self.foretell(model, requests, expected)
        var drafting = requests
        drafting[0].options.lookup = 15
        #expect(try await Self.together(model, drafting) == expected)
        Self.expectDrafts(model)
    }

    // MARK: Ends

    /// What a request gives as text, and how it ends.
    private struct End: Equatable {
        var tokens: [TokenID] = []
        var text = ""
        var reason: GenerationSummary.StopReason?
        var endToken: TokenID?
        var decoded = 0

        init(_ stream: GenerationStream) async throws {
            for try await event in stream {
                text += event.text
                if case .token(let token) = event { tokens.append(token.id) }
                guard case .finished(let summary) = event else { continue }
                (reason, endToken, decoded) = (summary.stopReason, summary.endToken?.id, summary.decodedTokens)
            }
        }
    }

    /// The end of the text, a stop string, the last token and the context's end in the midst of drafts.
    @Test func anAnswerEndsWhereItDoes() async throws {
        let prompt = TestRequest.sixteen[6].prompt
        let load = Self.options(.vulkan(), sequences: 1)
        let plain = try await LanguageModel.load(TestRequest.path, options: load)
        let model = try await LanguageModel.load(TestRequest.path, options: load)
        let whole = try await End(
            plain.generate(prompt, options: .init(sampling: .greedy, ignoresEndOfText: true)))
        #expect(whole.reason == .contextFull)
        await model.draftFreely { OracleDrafter([prompt + whole.tokens], prompt: $0) }
        var cases = (1...12).map { GenerationOptions(maxTokens: $0, sampling: .greedy, ignoresEndOfText: true) }
        cases.append(GenerationOptions(sampling: .greedy, ignoresEndOfText: true))
        for place in stride(from: 8, to: whole.text.count - 4, by: 9) {
            let start = whole.text.index(whole.text.startIndex, offsetBy: place)
            let stop = String(whole.text[start...].prefix(3))
            cases.append(GenerationOptions(sampling: .greedy, ignoresEndOfText: true, stopStrings: [stop]))
        }
        #expect(cases.count > 16)
        for (index, options) in cases.enumerated() {
            var drafting = options
            drafting.lookup = [31, 5, 2][index % 3]
            let expected = try await End(plain.generate(prompt, options: options))
            #expect(try await End(model.generate(prompt, options: drafting)) == expected, "case \(index)")
        }
        Self.expectDrafts(model)
    }

    @Test func theEndOfTheText() async throws {
        let prompt = TestRequest.sixteen[2].prompt
        let load = Self.options(.vulkan(), sequences: 1)
        let plain = try await LanguageModel.load(TestRequest.path, options: load)
        let model = try await LanguageModel.load(TestRequest.path, options: load)
        var ended = 0
        for seed in 0..<40 where ended < 3 {
            var options = GenerationOptions(sampling: .init(temperature: 1.5, topK: 100, topP: 1, minP: 0))
            options.sampling.seed = UInt64(seed)
            let expected = try await End(plain.generate(prompt, options: options))
            guard expected.reason == .endOfText, expected.tokens.count > 8, let last = expected.endToken else {
                continue
            }
            ended += 1
            await model.draftFreely { OracleDrafter([prompt + expected.tokens + [last, 5, 6]], prompt: $0) }
            options.lookup = 31
            #expect(try await End(model.generate(prompt, options: options)) == expected, "seed \(seed)")
        }
        #expect(ended == 3)
        Self.expectDrafts(model)
    }

    // MARK: Conversations

    /// Every turn takes over just the positions that it would have without drafts, and says the same.
    @Test(arguments: [Backend.vulkan(), .cpu]) func conversations(backend: Backend) async throws {
        struct Turn: Equatable {
            var answer: TestRequest.Answer
            var reused: Int
            var tokens: [TokenID]
        }
        func talk(_ model: LanguageModel, lookup: Int) async throws -> [Turn] {
            let session = model.session()
            var turns: [Turn] = []
            for turn in 0..<4 {
                var options = GenerationOptions(
                    maxTokens: 10 + turn, sampling: .init(temperature: 0.9, seed: UInt64(turn)),
                    ignoresEndOfText: true, stopStrings: turn == 2 ? ["e", "a", "s"] : [], lookup: lookup)
                if turn == 1 { options.logProbabilities = 1 }
                var answer = TestRequest.Answer()
                var reused = 0
                for try await event in session.generate([TokenID(9 + turn), 30, 4], options: options) {
                    if case .token(let token) = event {
                        answer.tokens.append(token.id)
                        answer.scores += (token.scores.map { [$0.logProbability.bitPattern] } ?? [])
                    }
                    if case .finished(let summary) = event { reused = summary.reusedTokens }
                }
                turns.append(Turn(answer: answer, reused: reused, tokens: session.tokens))
            }
            return turns
        }
        let load = Self.options(backend, sequences: 2)
        let plain = try await LanguageModel.load(TestRequest.path, options: load)
        let expected = try await talk(plain, lookup: 0)
        #expect(expected[1].reused == 12 && expected[3].reused > 25)
        let model = try await LanguageModel.load(TestRequest.path, options: load)
        let wholes = expected.map(\.tokens)
        await model.draftFreely { OracleDrafter(wholes, prompt: $0) }
        #expect(try await talk(model, lookup: 7) == expected)
        #expect(model.activity.acceptedRows > 10 && model.activity.draftedRows > model.activity.acceptedRows)
        let (state, plainState) = (await model.cacheState(), await plain.cacheState())
        #expect(state == plainState && state.problems == [])
    }

    // MARK: From the text itself

    /// A text that repeats itself is drafted right without anybody telling what comes.
    @Test func aTextThatRepeatsItself() async throws {
        let load = Self.options(.vulkan(), sequences: 1)
        let plain = try await LanguageModel.load(TestRequest.path, options: load)
        let model = try await LanguageModel.load(TestRequest.path, options: load)
        await model.draftFreely { PromptLookup($0) }
        let prompt: [TokenID] = [5, 60, 7, 90, 5, 60, 7, 90, 5, 60]
        // Of a few tokens, so that a model of random weights repeats itself.
        let biases: [TokenID: Float] = [5: 60, 60: 60, 7: 60]
        let samplings = [SamplingOptions(temperature: 0, logitBias: biases), .init(logitBias: biases, seed: 4)]
        var (drafted, accepted) = (0, 0)
        for sampling in samplings {
            var options = GenerationOptions(sampling: sampling, ignoresEndOfText: true)
            let expected = try await TestRequest.Answer(plain.generate(prompt, options: options))
            options.lookup = 15
            var summary: GenerationSummary?
            var tokens: [TokenID] = []
            for try await event in model.generate(prompt, options: options) {
                if case .token(let token) = event { tokens.append(token.id) }
                if case .finished(let end) = event { summary = end }
            }
            #expect(tokens == expected.tokens)
            drafted += summary?.draftedTokens ?? 0
            accepted += summary?.acceptedTokens ?? 0
        }
        #expect(accepted > 10 && drafted > accepted)
        #expect((model.activity.draftedRows, model.activity.acceptedRows) == (drafted, accepted))
    }

    @Test func moreThanCanBeDraftedIsRefused() async throws {
        let model = try await LanguageModel.load(TestRequest.path, options: Self.options(.cpu, sequences: 1))
        for lookup in [-1, 32] {
            await #expect(throws: GenerationError.self) {
                _ = try await TestRequest.Answer(model.generate([1], options: .init(lookup: lookup)))
            }
        }
        #expect(LoadOptions(lookup: 32).validate() != nil && LoadOptions(lookup: 31).validate() == nil)
    }
}
