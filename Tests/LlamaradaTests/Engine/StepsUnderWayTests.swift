import Llamarada
import LlamaradaDevice
import LlamaradaText
import Synchronization
import TestSupport
import Testing

/// Steps that are begun while the one before is under way, with tokens that the device hands on.
@Suite(.serialized) struct StepsUnderWayTests {
    // MARK: The engine

    private static func engine() throws -> VulkanEngine {
        let file = try ModelFixture.load("f32").open()
        let engine = try VulkanEngine(
            file: file, configuration: ModelConfiguration(gguf: file), device: Device(), contextLength: 64, slots: 3)
        for slot in 0..<3 { engine.setPages(engine.capacity.pagesInOrder(ofSlot: slot), ofSlot: slot) }
        return engine
    }

    /// Three sequences, whose rows change places from step to step.
    private static func row(_ token: Step.Token, of slot: Int, at position: Int, isSampled: Bool) -> Step.Row {
        let options = SamplingOptions(temperature: 1.5, topK: 40)
        let uniform = Double((position * 37 + slot * 11) % 64) / 64
        return Step.Row(
            token, at: position, slot: slot,
            output: isSampled ? .sampled(SamplerRow(options, uniform: uniform), changes: []) : .likeliest)
    }

    private static func slots(_ position: Int) -> [Int] { (0..<3).map { ($0 + position) % 3 } }

    private static let count = 24

    /// What each sequence chooses, position by position, where the host tells every token.
    private static func expected(isSampled: Bool) throws -> [[TokenID?]] {
        let engine = try engine()
        var chosen: [[TokenID?]] = [[], [], []]
        for position in 0..<count {
            let rows = try slots(position).map { slot in
                let token = position == 0 ? TokenID(7 + slot) : try #require(chosen[slot].last ?? nil)
                return row(.known(token), of: slot, at: position, isSampled: isSampled)
            }
            for (slot, result) in zip(slots(position), try engine.run(Step(decoding: rows))) {
                chosen[slot].append(result.token)
            }
        }
        return chosen
    }

    @Test(arguments: [false, true]) func theDeviceFeedsItself(isSampled: Bool) throws {
        let expected = try Self.expected(isSampled: isSampled)
        #expect(Set(expected.joined()).count > 10)
        let engine = try Self.engine()
        var chosen: [[TokenID?]] = [[], [], []]
        var underWay: [(step: any StepUnderWay, slots: [Int])] = []
        for position in 0..<Self.count {
            let rows = try Self.slots(position).map { slot in
                let place = position == 0 ? nil : Self.slots(position - 1).firstIndex(of: slot)
                return Self.row(
                    position == 0 ? .known(TokenID(7 + slot)) : .chosen(row: try #require(place)), of: slot,
                    at: position, isSampled: isSampled)
            }
            underWay.append((try engine.begin(Step(decoding: rows)), Self.slots(position)))
            guard underWay.count == engine.stepsAtOnce || position == Self.count - 1 else { continue }
            while underWay.count > (position == Self.count - 1 ? 0 : 1) {
                let (step, slots) = underWay.removeFirst()
                for (slot, result) in zip(slots, try step.finish()) { chosen[slot].append(result.token) }
            }
        }
        #expect(chosen == expected)
    }

    /// What nobody finishes is waited for, and its turn given back.
    @Test func stepsMayBeLeft() throws {
        let engine = try Self.engine()
        func step(_ token: TokenID) -> Step {
            Step(decoding: [Self.row(.known(token), of: 0, at: 0, isSampled: false)])
        }
        let expected = try (1...6).map { try engine.run(step($0)).map(\.token) }
        #expect(Set(expected).count > 1)
        for token in TokenID(1)...6 {
            var left: [any StepUnderWay] = [try engine.begin(step(7)), try engine.begin(step(8))]
            left.removeAll()
            #expect(try engine.run(step(token)).map(\.token) == expected[Int(token) - 1])
        }
    }

    /// Whoever compares what steps take leaves out those that were recorded first.
    @Test func whatIsRecordedIsKnownByIt() throws {
        let engine = try Self.engine()
        let rows = (0..<3).map { Step.Row(5, at: 0, slot: $0, output: .logits) }
        let areFirst = try (0..<4).map { _ in
            let step = try engine.begin(Step(decoding: rows))
            _ = try step.finish()
            return step.isFirstOfItsKind
        }
        #expect(areFirst.first == true && areFirst.last == false)
    }

    // MARK: Requests

    private static func model(stepsAtOnce: Int, _ counts: StepCounts) async throws -> LanguageModel {
        let options = LoadOptions(contextLength: 128, sequences: 5, chunk: 64)
        return try await LanguageModel.load(TestRequest.path, options: options, throwingProgress: nil) {
            CountingEngine($0, stepsAtOnce: stepsAtOnce, counts)
        }
    }

    /// Greedy ones, drawn ones, with penalties, and such as need the host.
    @Test func answersAreThoseOfOneStepAtATime() async throws {
        let requests = TestRequest.sixteen
        var answers: [[TestRequest.Answer]] = []
        for stepsAtOnce in [1, 2] {
            let counts = StepCounts()
            let model = try await Self.model(stepsAtOnce: stepsAtOnce, counts)
            let streams = requests.map { model.generate($0.prompt, options: $0.options) }
            var found: [TestRequest.Answer] = []
            for stream in streams { found.append(try await TestRequest.Answer(stream)) }
            answers.append(found)
            #expect(counts.most == stepsAtOnce)
        }
        #expect(answers[0] == answers[1])
    }

    /// Where nothing is drafted, drafting costs no step and holds none back.
    @Test func whoFindsNothingToDraftRunsAhead() async throws {
        var steps: [[Int]] = []
        for lookup in [0, 7] {
            let counts = StepCounts()
            let model = try await Self.model(stepsAtOnce: 2, counts)
            await model.draftFreely { _ in Speechless() }
            // So few tokens that no step waits for their reader, however late he is.
            let options = GenerationOptions(maxTokens: 7, ignoresEndOfText: true, lookup: lookup)
            for first in TokenID(5)..<13 {
                for try await _ in model.generate([first, 9, 2], options: options) {}
            }
            steps.append([counts.begun, counts.behind])
        }
        #expect(steps[0] == steps[1] && steps[0][1] >= 40)
    }

    /// Never has anything to draft.
    private struct Speechless: Drafter {
        func append(_ token: TokenID) {}
        func draft(atMost count: Int) -> Draft { Draft() }
    }

    /// Rows of logits are read before the next step writes its own: decoding rows of a conversation, all of them scored.
    @Test func scoresAreThoseOfOneStepAtATime() async throws {
        var found: [[UInt64]] = []
        for stepsAtOnce in [1, 2] {
            let model = try await Self.model(stepsAtOnce: stepsAtOnce, StepCounts())
            let session = model.session()
            let options = GenerationOptions(maxTokens: 30, sampling: .greedy, ignoresEndOfText: true)
            for try await _ in session.generate([5, 9, 2], options: options) {}
            var scores: [UInt64] = []
            let scoring = GenerationOptions(maxTokens: 0, logProbabilities: 2, scoresPrompt: true)
            for try await event in session.generate([4, 4], options: scoring) {
                guard case .prompt(let score) = event else { continue }
                scores = score.tokens.compactMap { $0.logProbability?.bitPattern }
            }
            #expect(scores.count > 30)
            found.append(scores)
        }
        #expect(found[0] == found[1])
    }

    /// An answer whose length is known takes no step too many.
    @Test func noStepIsInVain() async throws {
        let counts = StepCounts()
        let model = try await Self.model(stepsAtOnce: 2, counts)
        let request = TestRequest(
            prompt: [5, 9, 2], options: GenerationOptions(maxTokens: 17, sampling: .greedy, ignoresEndOfText: true))
        #expect(try await request.answer(of: model).tokens.count == 17)
        #expect(counts.begun == 17 && counts.most == 2)
    }

    /// An answer that ends by what it says ends there, and the next turn goes on as if nothing had been computed behind it.
    @Test func whatIsComputedBehindAnEndIsNeverSeen() async throws {
        var found: [[[TokenID]]] = []
        var begun: [Int] = []
        for stepsAtOnce in [1, 2] {
            let counts = StepCounts()
            let model = try await Self.model(stepsAtOnce: stepsAtOnce, counts)
            var options = GenerationOptions(maxTokens: 40, sampling: .greedy, ignoresEndOfText: true)
            var text = ""
            for try await event in model.generate([5, 9, 2], options: options) {
                if case .token(let token) = event { text += token.text }
            }
            // Somewhere in the middle.
            options.stopStrings = [String(text.dropFirst(text.count / 2).prefix(4))]
            let before = counts.begun
            let session = model.session()
            var turns: [[TokenID]] = []
            for turn in 0..<3 {
                for try await _ in session.generate([TokenID(5 + turn), 9, 2], options: options) {}
                turns.append(session.tokens)
            }
            found.append(turns)
            begun.append(counts.begun - before)
        }
        #expect(found[0] == found[1])
        // Each turn ended early, and took at most one step more.
        #expect(found[0][0].count < 3 + 40 && begun[0] < begun[1] && begun[1] <= begun[0] + 3)
    }
}

/// How many steps were begun, and how many at most were under way.
private final class StepCounts: Sendable {
    private let state = Mutex((begun: 0, underWay: 0, most: 0, behind: 0))

    var begun: Int { state.withLock { $0.begun } }
    var most: Int { state.withLock { $0.most } }
    /// Begun while another was under way.
    var behind: Int { state.withLock { $0.behind } }

    func begin() {
        state.withLock {
            $0.begun += 1
            if $0.underWay > 0 { $0.behind += 1 }
            $0.underWay += 1
            $0.most = max($0.most, $0.underWay)
        }
    }

    func end() { state.withLock { $0.underWay -= 1 } }
}

/// An engine whose steps are counted.
private final class CountingEngine: Engine {
    private final class Counted: StepUnderWay {
        private let step: any StepUnderWay
        private let counts: StepCounts

        init(_ step: any StepUnderWay, _ counts: StepCounts) {
            self.step = step
            self.counts = counts
            counts.begin()
        }

        deinit { counts.end() }

        func finish() throws -> [RowResult] { try step.finish() }
    }

    private let engine: any Engine
    private let counts: StepCounts
    let stepsAtOnce: Int

    init(_ engine: any Engine, stepsAtOnce: Int, _ counts: StepCounts) {
        self.engine = engine
        self.stepsAtOnce = stepsAtOnce
        self.counts = counts
    }

    var configuration: ModelConfiguration { engine.configuration }
    var capacity: EngineCapacity { engine.capacity }
    var memoryPlan: MemoryPlan? { engine.memoryPlan }
    func setPages(_ table: PageTable, ofSlot slot: Int) { engine.setPages(table, ofSlot: slot) }
    func copyPages(_ copies: [PageCopy]) throws { try engine.copyPages(copies) }
    func poisonPages(_ pages: PageTable) throws { try engine.poisonPages(pages) }
    func run(_ step: Step) throws -> [RowResult] { try engine.run(step) }
    func begin(_ step: Step) throws -> any StepUnderWay { Counted(try engine.begin(step), counts) }
}
