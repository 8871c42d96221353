import Llamarada
import LlamaradaText
import Synchronization
import TestSupport
import Testing

/// A row that fails in the midst of a draft costs its request no more than it would without drafts.
@Suite struct LookupFailureTests {
    private struct Turn: Equatable {
        var tokens: [TokenID] = []
        var failed = false
        var reused = 0
    }

    private static func turn(_ stream: GenerationStream) async -> Turn {
        var turn = Turn()
        do {
            for try await event in stream {
                if case .token(let token) = event { turn.tokens.append(token.id) }
                if case .finished(let summary) = event { turn.reused = summary.reusedTokens }
            }
        } catch {
            turn.failed = true
        }
        return turn
    }

    @Test(arguments: [9, 12, 14]) func whatCameBeforeIsKept(position: Int) async throws {
        let options = GenerationOptions(maxTokens: 30, sampling: .greedy, ignoresEndOfText: true)
        let load = LoadOptions(backend: .cpu, contextLength: 128, threads: 2)
        let whole = await Self.turn(
            try await LanguageModel.load(TestRequest.path, options: load).generate([5, 9, 2], options: options))
        #expect(whole.tokens.count == 30)
        var found: [[Turn]] = []
        for lookup in [0, 15] {
            let failing = FailingPosition(position)
            let model = try await LanguageModel.load(TestRequest.path, options: load, throwingProgress: nil) {
                FailingEngine($0, failing)
            }
            await model.draftFreely { OracleDrafter([[5, 9, 2] + whole.tokens], prompt: $0) }
            var drafting = options
            drafting.lookup = lookup
            let session = model.session()
            let failed = await Self.turn(session.generate([5, 9, 2], options: drafting))
            #expect(failed.failed && failed.tokens == Array(whole.tokens.prefix(position - 2)))
            #expect((model.activity.acceptedRows > 0) == (lookup > 0))
            failing.position = nil
            let next = await Self.turn(session.generate([7], options: options))
            #expect(next.reused == position && next.tokens.count == 30)
            found.append([failed, next])
            #expect(await model.cacheState().problems == [])
        }
        #expect(found[0] == found[1])
    }
}

/// Where rows fail; nil where none does.
private final class FailingPosition: Sendable {
    private let state: Mutex<Int?>

    init(_ position: Int) { state = Mutex(position) }

    var position: Int? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

/// An engine whose rows at one position give no finite logits.
private final class FailingEngine: Engine {
    private let engine: any Engine
    private let failing: FailingPosition

    init(_ engine: any Engine, _ failing: FailingPosition) {
        self.engine = engine
        self.failing = failing
    }

    var configuration: ModelConfiguration { engine.configuration }
    var capacity: EngineCapacity { engine.capacity }
    var memoryPlan: MemoryPlan? { engine.memoryPlan }
    func setPages(_ table: PageTable, ofSlot slot: Int) { engine.setPages(table, ofSlot: slot) }
    func copyPages(_ copies: [PageCopy]) throws { try engine.copyPages(copies) }
    func poisonPages(_ pages: PageTable) throws { try engine.poisonPages(pages) }

    func run(_ step: Step) throws -> [RowResult] {
        var results = try engine.run(step)
        for (index, row) in step.decoding.enumerated() where row.position == failing.position {
            results[index] = RowResult()
        }
        return results
    }
}
