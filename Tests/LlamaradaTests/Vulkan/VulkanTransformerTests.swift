import Llamarada
import LlamaradaDevice
import LlamaradaText
import TestSupport
import Testing

/// Whole models on Vulkan against what Hugging Face transformers computes for them in f64.
@Suite final class VulkanTransformerTests {
    private let device: Device

    init() throws { device = try IdleDevices.take() }

    deinit { IdleDevices.giveBack(device) }

    private func open(
        _ fixture: ModelFixture, cache: KVCacheType = .f32, chunk: Int = 512
    ) throws -> VulkanTransformer {
        try poisoned(VulkanModel.open(fixture, cache: cache, chunk: chunk, on: device))
    }

    /// With a cache of NaN, where the last model may have left what this one should have written.
    private func poisoned(_ model: VulkanTransformer) throws -> VulkanTransformer {
        let capacity = model.engine.capacity
        try model.engine.poisonPages(
            PageTable(Array(0..<capacity.pages(.full)), windowed: Array(0..<capacity.pages(.windowed))))
        return model
    }

    @Test(arguments: ModelFixture.names) func logitsWithF32Cache(name: String) throws {
        let fixture = try ModelFixture.load(name)
        let logits = try open(fixture).forward(fixture.tokens, at: 0, logits: .all)
        #expect([logits.rows, logits.columns] == fixture.logits.shape)
        let expected = try ModelFixture.floats(fixture.logits.file)
        #expect(Deviation.worst(logits.values, expected, absolute: 2e-4, relative: 2e-4) <= 1)
        for (position, gap) in fixture.gaps.enumerated() where gap > 0.05 {
            #expect(Reference.argmax(logits.row(position)) == fixture.argmax[position], "position \(position)")
        }
    }

    @Test(arguments: ModelFixture.names) func logitsWithF16Cache(name: String) throws {
        let fixture = try ModelFixture.load(name)
        let logits = try open(fixture, cache: .f16).forward(fixture.tokens, at: 0, logits: .all)
        let expected = try ModelFixture.floats(fixture.logits.file)
        #expect(Deviation.worst(logits.values, expected, absolute: 2e-2) <= 1)
    }

    /// 8 bits a value: single logits of these models, whose heads are small and random, move by tenths.
    @Test(arguments: ModelFixture.names) func logitsWithQ8Cache(name: String) throws {
        let fixture = try ModelFixture.load(name)
        let logits = try open(fixture, cache: .q8_0).forward(fixture.tokens, at: 0, logits: .all)
        let expected = try ModelFixture.floats(fixture.logits.file)
        let worst = Deviation.worst(logits.values, expected, absolute: 0.5)
        #expect(worst <= 1 && worst > 0)
        print("q8_0 cache, \(name): \(0.5 * worst)")
    }

    @Test(arguments: [
        (KVCacheType.f32, KVCacheType.f16), (.f16, .f32), (.f16, .q8_0), (.q8_0, .f16), (.q8_0, .f32), (.f32, .q8_0),
    ])
    func mixedCacheTypes(keys: KVCacheType, values: KVCacheType) throws {
        let fixture = try ModelFixture.load("f16")
        let file = try fixture.open()
        let logits = try poisoned(VulkanModel.open(file, keys: keys, values: values, on: device))
            .forward(fixture.tokens, at: 0, logits: .all)
        let expected = try ModelFixture.floats(fixture.logits.file)
        let isCoarse = keys == .q8_0 || values == .q8_0
        #expect(Deviation.worst(logits.values, expected, absolute: isCoarse ? 0.5 : 2e-2) <= 1)
        // Really of two kinds: each pure cache gives other bits.
        for pure in KVCacheType.allCases {
            let other = try open(fixture, cache: pure).forward(fixture.tokens, at: 0, logits: .all)
            #expect(other.values != logits.values)
        }
    }

    @Test(arguments: ModelFixture.names) func logProbabilities(name: String) throws {
        let fixture = try ModelFixture.load(name)
        let logits = try open(fixture).forward(fixture.tokens, at: 0, logits: .all)
        var score = TextScore(fixture.tokens)
        score.add(logits, at: 0, top: 10)
        for (found, expected) in zip(score.tokens, fixture.logprobs).dropFirst() {
            let (found, expected) = (try #require(found.logProbability), try #require(expected))
            #expect(abs(found - expected) <= 2e-4)
        }
        #expect(abs(score.negativeLogLikelihood - fixture.nll) <= 1e-4 * fixture.nll)
        for (found, expected) in zip(score.top, fixture.top) {
            #expect(abs((found.logProbability ?? 0) - expected.logprob) <= 1e-3)
        }
    }

    @Test(arguments: ModelFixture.names.map { ($0, KVCacheType.f16) } + ModelFixture.few.map { ($0, .f32) })
    func greedyContinuation(name: String, cache: KVCacheType) throws {
        let fixture = try ModelFixture.load(name)
        let model = try open(fixture, cache: cache)
        var found = [try model.greedy(after: fixture.tokens, at: 0)]
        while found.count < fixture.greedy.tokens.count {
            found.append(try model.greedy(after: found.suffix(1), at: fixture.tokens.count + found.count - 1))
        }
        #expect(fixture.greedy.gaps.allSatisfy { $0 > 0.05 })
        #expect(found == fixture.greedy.tokens)
    }

    /// How a prompt is cut does not change its bits: a token's sums do not depend on its neighbours in the pass. A pass
    /// of one token is another kernel, with sums in another order.
    @Test(
        arguments: ModelFixture.names.map { ($0, KVCacheType.f16) }
            + ModelFixture.few.flatMap { [($0, .f32), ($0, .q8_0)] })
    func promptInChunks(name: String, cache: KVCacheType) throws {
        let fixture = try ModelFixture.load(name)
        // So many that no chunk of 7 holds a single token.
        let tokens = Array(fixture.tokens.prefix(fixture.tokens.count % 7 == 1 ? fixture.tokens.count - 1 : .max))
        let whole = try open(fixture, cache: cache).forward(tokens, at: 0, logits: .all)
        let chunked = try open(fixture, cache: cache, chunk: 7).forward(tokens, at: 0, logits: .all)
        #expect(chunked == whole)
        let single = try open(fixture, cache: cache, chunk: 1).forward(tokens, at: 0, logits: .all)
        // f16 rounds keys and values that differ in their last bit to neighbours.
        let bound = cache == .f32 ? 1e-4 : cache == .f16 ? 1e-2 : 0.2
        #expect(Deviation.worst(single.values, whole.values, absolute: bound, relative: bound) <= 1)
        #expect(single.rows == tokens.count)
    }

    @Test(arguments: ["f32", "mixed"]) func twoRunsHaveTheSameBits(name: String) throws {
        let fixture = try ModelFixture.load(name)
        let first = try open(fixture, cache: .f16)
        let logits = try first.forward(fixture.tokens, at: 0, logits: .all)
        #expect(try first.forward(fixture.tokens, at: 0, logits: .all) == logits)
        let second = try VulkanModel.open(fixture, cache: .f16)
        #expect(try second.forward(fixture.tokens, at: 0, logits: .all) == logits)
    }

    /// Behind its attention the last layer computes the last row alone.
    @Test(arguments: ModelFixture.few + ["q8_0"], PrecisionClass.allCases)
    func logitsRequestsAndGoingBack(name: String, precision: PrecisionClass) throws {
        let fixture = try ModelFixture.load(name)
        let file = try fixture.open()
        let model = try poisoned(
            VulkanTransformer(
                file: file, configuration: ModelConfiguration(gguf: file), device: device, contextLength: 128,
                precision: precision))
        let all = try model.forward(fixture.tokens, at: 0, logits: .all)
        #expect(try model.forward([1, 2, 3], at: 5, logits: .none).rows == 0)
        // Back to position 5, over what the other tokens left there.
        let last = try model.forward(Array(fixture.tokens[5...]), at: 5, logits: .last)
        #expect(last.rows == 1)
        #expect(last == all.lastRow)
    }

    /// What the tap shows of every operation agrees with the reference's.
    @Test(arguments: ["f32", "q5_1"]) func everyIntermediateTensor(name: String) throws {
        let fixture = try ModelFixture.load(name)
        let file = try fixture.open()
        let reference = try ReferenceTransformer(
            file: file, configuration: .init(gguf: file), contextLength: 128, cacheType: .f32, threads: 2)
        let model = try open(fixture)
        var expected: [(point: TapPoint, matrix: Matrix)] = []
        var found: [(point: TapPoint, matrix: Matrix)] = []
        reference.tap = .results { expected.append(($0.point, $0.matrix)) }
        model.tap = .results { found.append(($0.point, $0.matrix)) }
        _ = try reference.forward(fixture.tokens, at: 0, logits: .all)
        _ = try model.forward(fixture.tokens, at: 0, logits: .all)
        #expect(found.map(\.point) == expected.map(\.point))
        for (found, expected) in zip(found, expected) {
            let share = Deviation.worst(
                found.matrix.values, expected.matrix.values, absolute: 2e-4, relative: 2e-4)
            #expect(share <= 1, "\(found.point)")
        }
    }
}
