import Foundation
import Llamarada
import LlamaradaTensors
import LlamaradaText
import TestSupport
import Testing

@Suite struct ReferenceTransformerTests {
    private func transformer(
        _ fixture: ModelFixture, cache: KVCacheType = .f32, threads: Int = 2, blas: BLAS? = nil
    ) throws -> ReferenceTransformer {
        let file = try fixture.open()
        return try ReferenceTransformer(
            file: file, configuration: ModelConfiguration(gguf: file), contextLength: 128, cacheType: cache,
            threads: threads, blas: blas)
    }

    /// The largest share of the allowed deviation that any logit takes.
    private func worst(_ found: [Float], _ expected: [Float], absolute: Double, relative: Double) -> Double {
        precondition(found.count == expected.count)
        return zip(found, expected).map { found, expected in
            abs(Double(found) - Double(expected)) / (absolute + relative * abs(Double(expected)))
        }.reduce(0) { $1 <= $0 ? $0 : $1 }  // so that NaN wins
    }

    @Test(arguments: ModelFixture.names, [true, false]) func logitsWithF32Cache(name: String, withBLAS: Bool) throws {
        let fixture = try ModelFixture.load(name)
        let model = try transformer(fixture, blas: withBLAS ? .shared : nil)
        let logits = try model.forward(fixture.tokens, at: 0, logits: .all)
        #expect([logits.rows, logits.columns] == fixture.logits.shape)
        let expected = try ModelFixture.floats(fixture.logits.file)
        #expect(worst(logits.values, expected, absolute: 2e-4, relative: 2e-4) <= 1)
        for (position, gap) in fixture.gaps.enumerated() where gap > 0.05 {
            #expect(Reference.argmax(logits.row(position)) == fixture.argmax[position])
        }
    }

    @Test(arguments: ModelFixture.names) func logitsWithF16Cache(name: String) throws {
        let fixture = try ModelFixture.load(name)
        let logits = try transformer(fixture, cache: .f16).forward(fixture.tokens, at: 0, logits: .all)
        let expected = try ModelFixture.floats(fixture.logits.file)
        #expect(worst(logits.values, expected, absolute: 2e-2, relative: 0) <= 1)
    }

    @Test(arguments: ModelFixture.names) func logProbabilities(name: String) throws {
        let fixture = try ModelFixture.load(name)
        let logits = try transformer(fixture).forward(fixture.tokens, at: 0, logits: .all)
        var sum = 0.0
        for position in 1..<fixture.tokens.count {
            let token = Int(fixture.tokens[position])
            let found = Reference.logProbability(logits.row(position - 1), of: token)
            let expected = try #require(fixture.logprobs[position])
            #expect(abs(found - expected) <= 4e-4 + 2e-4 * abs(expected))
            sum -= found
        }
        #expect(abs(sum - fixture.nll) <= 1e-4 * fixture.nll)
        for likely in fixture.top {
            let found = Reference.logProbability(logits.row(logits.rows - 1), of: likely.id)
            #expect(abs(found - likely.logprob) <= 1e-3)
        }
    }

    @Test(arguments: ModelFixture.names, [KVCacheType.f16, .f32])
    func greedyContinuation(name: String, cache: KVCacheType) throws {
        let fixture = try ModelFixture.load(name)
        let model = try transformer(fixture, cache: cache, blas: .shared)
        var found = [try model.greedy(after: fixture.tokens, at: 0)]
        while found.count < fixture.greedy.tokens.count {
            found.append(try model.greedy(after: found.suffix(1), at: fixture.tokens.count + found.count - 1))
        }
        #expect(fixture.greedy.gaps.allSatisfy { $0 > 0.05 })
        #expect(found == fixture.greedy.tokens)
    }

    @Test func traceOfTheF32Model() throws {
        let fixture = try ModelFixture.load("f32")
        let trace = try #require(fixture.trace)
        let expected = try ModelFixture.floats(trace.file)
        let model = try transformer(fixture)
        var seen: [TapPoint: Matrix] = [:]
        model.tap = .results { seen[$0.point] = $0.matrix }
        _ = try model.forward(fixture.tokens, at: 0, logits: .all)
        var offset = 0
        for value in trace.values {
            let count = value.shape.reduce(1, *)
            let point = try #require(tapPoint(value.name), "\(value.name)")
            let found = try #require(seen[point], "\(point)")
            let part = expected[offset..<offset + count]
            #expect(
                worst(Array(found.values.prefix(count)), Array(part), absolute: 2e-4, relative: 2e-4) <= 1,
                "\(value.name)")
            offset += count
        }
        #expect(offset == expected.count)
    }

    /// The tap point of a traced value, such as "blk.0.q_rotated".
    private func tapPoint(_ name: String) -> TapPoint? {
        let parts = name.split(separator: ".").map(String.init)
        let operations: [String: Activation] = [
            "embedding": .embedding, "attn_norm": .attentionNorm, "q_rotated": .qRotated, "k_rotated": .kRotated,
            "v": .v, "attention": .attention, "attn_residual": .afterAttention, "ffn_norm": .ffnNorm, "gate": .gate,
            "up": .up, "swiglu": .swiglu, "output": .afterFFN, "output_norm": .finalNorm,
        ]
        let layer = parts.count == 3 ? Int(parts[1]) : nil
        return parts.last.flatMap { operations[$0] }.map { TapPoint(layer: layer, $0) }
    }

    @Test(arguments: [true, false]) func sameBitsForAnyThreads(withBLAS: Bool) throws {
        let fixture = try ModelFixture.load("q4_0")
        let results = try [1, 2, 5].map { threads in
            try transformer(fixture, cache: .f16, threads: threads, blas: withBLAS ? .shared : nil)
                .forward(fixture.tokens, at: 0, logits: .all)
        }
        #expect(results[0] == results[1] && results[0] == results[2])
    }

    /// With the plain loop a prompt has the same bits however it is cut.
    @Test(arguments: [1, 7, 30]) func chunksHaveTheBitsOfTheWhole(size: Int) throws {
        let fixture = try ModelFixture.load("q5_1")
        let whole = try transformer(fixture).forward(fixture.tokens, at: 0, logits: .all)
        let model = try transformer(fixture)
        var values: [Float] = []
        for start in stride(from: 0, to: fixture.tokens.count, by: size) {
            let part = fixture.tokens[start..<min(start + size, fixture.tokens.count)]
            values += try model.forward(Array(part), at: start, logits: .all).values
        }
        #expect(values == whole.values)
    }

    @Test func logitsRequestsAndGoingBack() throws {
        let fixture = try ModelFixture.load("q8_0")
        let model = try transformer(fixture)
        let all = try model.forward(fixture.tokens, at: 0, logits: .all)
        #expect(try model.forward([1, 2, 3], at: 5, logits: .none).rows == 0)
        // Back to position 5, over what the other tokens left there.
        let last = try model.forward(Array(fixture.tokens[5...]), at: 5, logits: .last)
        #expect(last == all.lastRow)
    }

    @Test func tapOrder() throws {
        let fixture = try ModelFixture.load("mixed")
        let model = try transformer(fixture)
        var points: [TapPoint] = []
        model.tap = .results { points.append($0.point) }
        _ = try model.forward(fixture.tokens, at: 0, logits: .last)
        var expected = [TapPoint(.embedding)]
        for layer in 0..<2 {
            let activations: [Activation] = [
                .attentionNorm, .q, .k, .v, .qRotated, .kRotated, .kCached, .vCached, .attention, .attentionOutput,
                .afterAttention, .ffnNorm, .gate, .up, .swiglu, .down, .afterFFN,
            ]
            expected += activations.map { TapPoint(layer: layer, $0) }
        }
        expected += [TapPoint(.finalNorm), TapPoint(.logits)]
        #expect(points == expected)
    }

    /// The weights are read at every pass: a file that is cut meanwhile is an error, never a crash.
    @Test func aFileCutWhileRunningIsAnError() throws {
        let fixture = try ModelFixture.load("q8_0")
        let path = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID()).gguf").path()
        let original = ModelFixture.folder.appending(path: "models/\(fixture.model)").path()
        try FileManager.default.copyItem(atPath: original, toPath: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = try GGUFFile.open(path: path)
        let model = try ReferenceTransformer(
            file: file, configuration: ModelConfiguration(gguf: file), contextLength: 64, cacheType: .f16, threads: 2)
        _ = try model.forward([1, 2], at: 0, logits: .none)
        #expect(truncate(path, off_t(file.byteCount / 2)) == 0)
        let error = try #require(throws: CheckpointError.self) {
            try model.forward([3, 4, 5], at: 2, logits: .last)
        }
        #expect(error.code == .io)
    }
}
