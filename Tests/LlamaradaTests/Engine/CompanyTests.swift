import Foundation
import Llamarada
import LlamaradaDevice
import LlamaradaText
import TestSupport
import Testing

/// A request gives the same bits in any company: alone or among others, whatever the order of arrival, the chunks, the
/// pages and a warm cache.
@Suite(.serialized) struct CompanyTests {
    @Test(arguments: [1, 7, 64, 512]) func sixteenRequests(chunk: Int) async throws {
        let requests = TestRequest.sixteen
        let alone = try await Self.alone(requests)
        // Distinct answers, or the test says little.
        #expect(Set(alone.map(\.tokens)).count > 10)
        let model = try await Self.model(sequences: 5, chunk: chunk)
        var random = RandomSource(seed: UInt64(chunk))
        for round in 0..<Self.roundCount {
            let order = requests.indices.shuffled(using: &random)
            let answers = try await Self.together(model, order.map { requests[$0] })
            for (place, index) in order.enumerated() {
                #expect(answers[place] == alone[index], "request \(index), round \(round) with a chunk of \(chunk)")
            }
        }
    }

    @Test func sixteenAtOnceFused() async throws {
        let requests = TestRequest.sixteen
        let options = Self.options(sequences: 1, chunk: 64, fuses: true)
        let alone = try await Self.alone(requests, TestRequest.path, options)
        let model = try await Self.model(sequences: 16, chunk: 64, fuses: true)
        #expect(try await Self.together(model, requests.reversed()) == alone.reversed())
        // With what the first round left in the cache.
        #expect(try await Self.together(model, requests) == alone)
    }

    /// Windows begin anywhere in a block of keys, and texts here are up to ten of them long.
    @Test(arguments: [7, 512]) func sixteenRequestsOfAModelWithWindows(chunk: Int) async throws {
        let path = ModelFixture.folder.appending(path: "models/gemma3-f32.gguf").path()
        let requests = TestRequest.sixteen
        let alone = try await Self.alone(requests, path)
        #expect(Set(alone.map(\.tokens)).count > 10)
        let model = try await Self.model(path, sequences: 5, chunk: chunk)
        #expect(try await Self.together(model, requests.reversed()) == alone.reversed())
        #expect(try await Self.together(model, requests) == alone)
    }

    /// Rounding is a row's own affair, and so is the order of its sums.
    @Test(arguments: [PrecisionClass.half, .int8], [7, 512])
    func sixteenRequestsInOtherClasses(_ precision: PrecisionClass, chunk: Int) async throws {
        let requests = TestRequest.sixteen
        var options = Self.options(sequences: 1, chunk: 512)
        options.precision = precision
        let alone = try await Self.alone(requests, TestRequest.path, options)
        #expect(Set(alone.map(\.tokens)).count > 10)
        var exact = options
        exact.precision = .exact
        #expect(try await alone != Self.alone(requests, TestRequest.path, exact))
        (options.sequences, options.chunk) = (5, chunk)
        let model = try await LanguageModel.load(TestRequest.path, options: options)
        #expect(try await Self.together(model, requests.reversed()) == alone.reversed())
        #expect(try await Self.together(model, requests) == alone)
    }

    /// Attention of the half class, too, through windows and a cache that is not of f16.
    @Test(arguments: [7, 512]) func sixteenRequestsWithWindowsInTheHalfClass(chunk: Int) async throws {
        let path = ModelFixture.folder.appending(path: "models/gemma3-f32.gguf").path()
        let requests = TestRequest.sixteen
        var options = Self.options(sequences: 1, chunk: 512)
        (options.precision, options.keyCacheType, options.valueCacheType) = (.half, .f32, .q8_0)
        let alone = try await Self.alone(requests, path, options)
        #expect(Set(alone.map(\.tokens)).count > 10)
        (options.sequences, options.chunk) = (5, chunk)
        let model = try await LanguageModel.load(path, options: options)
        #expect(try await Self.together(model, requests.reversed()) == alone.reversed())
        #expect(try await Self.together(model, requests) == alone)
    }

    /// Blocks belong to one row and head, whatever is written beside them.
    @Test func sixteenRequestsWithAQuantisedCache() async throws {
        let requests = TestRequest.sixteen
        var options = Self.options(sequences: 1, chunk: 512)
        (options.keyCacheType, options.valueCacheType) = (.q8_0, .q8_0)
        let alone = try await Self.alone(requests, TestRequest.path, options)
        #expect(Set(alone.map(\.tokens)).count > 10)
        (options.sequences, options.chunk) = (5, 7)
        let model = try await LanguageModel.load(TestRequest.path, options: options)
        #expect(try await Self.together(model, requests.reversed()) == alone.reversed())
        #expect(try await Self.together(model, requests) == alone)
    }

    /// A page table that is wrong in one place is noticed by the comparison above.
    @Test func aSwappedPageIsNoticed() async throws {
        let requests = TestRequest.sixteen
        let alone = try await Self.alone(requests)
        let model = try await Self.model(sequences: 5, chunk: 64) { SwappingEngine($0) }
        // Other answers, or none where the other page holds what is no number.
        let answers = await Self.results(model, requests)
        let differing = zip(answers, alone).count { $0 != $1 }
        #expect(differing > 0 && answers.contains { $0 != nil }, "\(differing) of 16 differ")
    }

    /// So is a split that follows the number of rows.
    @Test func aSplitByRowsIsNoticed() async throws {
        let requests = TestRequest.sixteen
        let alone = try await Self.alone(requests)
        let model = try await Self.model(sequences: 5, chunk: 64) { engine in
            if let engine = engine as? VulkanEngine {
                engine.tuning = { [device = engine.device] shape in
                    var tuning = KernelTuning(device)
                    if shape.decoding > 1 { (tuning.vectorSplits, tuning.mostVectorSplits) = (2, 2) }
                    return tuning
                }
            }
            return engine
        }
        let answers = await Self.results(model, requests)
        #expect(answers != alone && !answers.contains(nil))
    }

    /// Ten orders of arrival, the first with a cold cache; fewer under the validation layer, which takes twenty times as
    /// long.
    private static let roundCount = Validation.isOn ? 2 : 10

    // MARK: Models

    private static func options(sequences: Int, chunk: Int, fuses: Bool = false) -> LoadOptions {
        LoadOptions(contextLength: 128, sequences: sequences, chunk: chunk, fusesKernels: fuses)
    }

    private static func model(
        _ path: String = TestRequest.path, sequences: Int, chunk: Int, fuses: Bool = false,
        wrap: @Sendable (sending any Engine) -> sending any Engine = { $0 }
    ) async throws -> LanguageModel {
        try await LanguageModel.load(
            path, options: options(sequences: sequences, chunk: chunk, fuses: fuses),
            throwingProgress: nil, wrap: wrap)
    }

    /// Each by itself, with nothing in the cache.
    private static func alone(
        _ requests: [TestRequest], _ path: String = TestRequest.path,
        _ options: LoadOptions = options(sequences: 1, chunk: 512)
    ) async throws -> [TestRequest.Answer] {
        let model = try await LanguageModel.load(path, options: options)
        var answers: [TestRequest.Answer] = []
        for (index, request) in requests.enumerated() {
            answers.append(try await request.answer(of: model, salt: UInt64(1 + index)))
        }
        return answers
    }

    /// All of them begun before the first is read, so that they do run together; nil where one fails.
    private static func results(_ model: LanguageModel, _ requests: [TestRequest]) async -> [TestRequest.Answer?] {
        let streams = requests.map { model.generate($0.prompt, options: $0.options) }
        return await withTaskGroup(of: (Int, TestRequest.Answer?).self) { group in
            for (index, stream) in streams.enumerated() {
                group.addTask { (index, try? await TestRequest.Answer(stream)) }
            }
            var answers = [TestRequest.Answer?](repeating: nil, count: requests.count)
            for await (index, answer) in group { answers[index] = answer }
            return answers
        }
    }

    private static func together(
        _ model: LanguageModel, _ requests: some Collection<TestRequest>
    ) async throws -> [TestRequest.Answer] {
        try await withThrowingTaskGroup(of: (Int, TestRequest.Answer).self) { group in
            for (index, request) in requests.enumerated() {
                group.addTask { (index, try await request.answer(of: model)) }
                // Some come while others are under way.
                if index % 3 == 0 { await Task.yield() }
            }
            var answers: [Int: TestRequest.Answer] = [:]
            for try await (index, answer) in group { answers[index] = answer }
            return answers.sorted { $0.key < $1.key }.map(\.value)
        }
    }
}

/// An engine that takes two pages of a sequence for one another.
private final class SwappingEngine: Engine {
    private let engine: any Engine

    init(_ engine: any Engine) { self.engine = engine }

    var configuration: ModelConfiguration { engine.configuration }
    var capacity: EngineCapacity { engine.capacity }
    var memoryPlan: MemoryPlan? { engine.memoryPlan }
    func copyPages(_ copies: [PageCopy]) throws { try engine.copyPages(copies) }
    func poisonPages(_ pages: PageTable) throws { try engine.poisonPages(pages) }
    func run(_ step: Step) throws -> [RowResult] { try engine.run(step) }

    func setPages(_ table: PageTable, ofSlot slot: Int) {
        var table = table
        // After the first page was written where it belongs. In every slot: which one a request gets is chance.
        if table.full.count > 1 { table.full[0] = table.full[1] }
        engine.setPages(table, ofSlot: slot)
    }
}
