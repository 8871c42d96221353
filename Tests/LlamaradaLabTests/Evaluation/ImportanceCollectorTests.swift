import Foundation
import Llamarada
import LlamaradaLab
import LlamaradaTensors
import LlamaradaText
import TestSupport
import Testing

@Suite struct ImportanceCollectorTests {
    private static let text = String(
        repeating: "She rowed around the island: 3 hours, 20 minutes, said the café.\n", count: 6)
    private static let length = 32

    private static func collect(
        _ fixture: ModelFixture, _ backend: Backend, includesHead: Bool = false, limit: Int? = nil
    ) throws -> ImportanceMatrix {
        let loader = try ModelLoader(path: ModelFixture.folder.appending(path: "models/\(fixture.model)").path())
        let options = LoadOptions(
            backend: backend, contextLength: length, keyCacheType: .f32, valueCacheType: .f32, threads: 2)
        return try ImportanceCollector(loader, try loader.transformer(options)).collect(
            .init(text: text, dataset: "the text", chunkLength: length, limit: limit, includesHead: includesHead)
        ) { _, _ in }
    }

    /// Sums over what the operations before the products give, by the tap that shows every result.
    @Test(arguments: ["f32", "q8_0"]) func sumsAreThoseOfTheInputs(name: String) throws {
        let fixture = try ModelFixture.load(name)
        let found = try Self.collect(fixture, .cpu, includesHead: true)

        let file = try fixture.open()
        let configuration = try ModelConfiguration(gguf: file)
        let tokenizer = try Tokenizer(gguf: file)
        let tokens = tokenizer.encode(Self.text, addSpecial: true, parseSpecial: false)
        let chunkCount = tokens.count / Self.length
        let model = try ReferenceTransformer(
            file: file, configuration: configuration, contextLength: Self.length, cacheType: .f32, threads: 2)
        var sums: [TapPoint: [Double]] = [:]
        model.tap = .results { tensor in
            var sum: [Double] = sums[tensor.point] ?? Array(repeating: 0, count: tensor.matrix.columns)
            for row in 0..<tensor.matrix.rows {
                for (column, value) in tensor.matrix.row(row).enumerated() { sum[column] += Double(value * value) }
            }
            sums[tensor.point] = sum
        }
        for chunk in 0..<chunkCount {
            var part = Array(tokens[chunk * Self.length..<(chunk + 1) * Self.length])
            if tokenizer.vocabulary.addsBOS { part[0] = try #require(tokenizer.vocabulary.bos) }
            _ = try model.forward(part, at: 0, logits: .all)
        }
        var expected: [String: TapPoint] = [:]
        for layer in 0..<configuration.layerCount {
            for name in ["attn_q", "attn_k", "attn_v"] {
                expected["blk.\(layer).\(name).weight"] = TapPoint(layer: layer, .attentionNorm)
            }
            expected["blk.\(layer).attn_output.weight"] = TapPoint(layer: layer, .attention)
            for name in ["ffn_gate", "ffn_up"] {
                expected["blk.\(layer).\(name).weight"] = TapPoint(layer: layer, .ffnNorm)
            }
            expected["blk.\(layer).ffn_down.weight"] = TapPoint(layer: layer, .swiglu)
        }
        let head = file.tensor(named: "output.weight") == nil ? "token_embd.weight" : "output.weight"
        expected[head] = TapPoint(.finalNorm)
        #expect(Set(found.entries.keys) == Set(expected.keys))
        #expect(found.chunkCount == chunkCount && chunkCount >= 2 && found.chunkLength == Self.length)
        #expect(found.datasets == ["the text"])
        for (name, point) in expected {
            let entry = try #require(found.entries[name])
            let sum = try #require(sums[point], "\(point)")
            #expect(entry.count == Float(chunkCount * Self.length), "\(name)")
            let isNear =
                entry.squares.count == sum.count
                && sum.indices.allSatisfy { index in
                    let difference = Double(entry.squares[index]) - sum[index]
                    return abs(difference) <= 1e-5 * sum[index] + 1e-12
                }
            #expect(isNear, "\(name)")
        }
    }

    @Test func theDeviceGivesTheSame() throws {
        let fixture = try ModelFixture.load("q8_0")
        let expected = try Self.collect(fixture, .cpu, limit: 2)
        let found = try Self.collect(fixture, .vulkan(), limit: 2)
        #expect(Set(found.entries.keys) == Set(expected.entries.keys) && found.chunkCount == 2)
        #expect(!found.entries.keys.contains { $0.hasPrefix("output") || $0.hasPrefix("token") })
        for (name, entry) in expected.entries {
            let squares = try #require(found.entries[name]?.squares)
            #expect(Deviation.worst(squares, entry.squares, absolute: 1e-4, relative: 1e-3) <= 1, "\(name)")
        }
    }

    @Test func aTextThatIsTooShortIsRefused() throws {
        let loader = try ModelLoader(
            path: ModelFixture.folder.appending(path: "models/\(ModelFixture.load("f32").model)").path())
        let model = try loader.transformer(LoadOptions(backend: .cpu, contextLength: 32, threads: 2))
        let error = #expect(throws: GenerationError.self) {
            try ImportanceCollector(loader, model).collect(
                .init(text: "Short.", dataset: "", chunkLength: 32, limit: nil, includesHead: false)
            ) { _, _ in }
        }
        #expect(error?.code == .textTooShort)
    }
}
