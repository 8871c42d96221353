import Foundation
import Llamarada
import LlamaradaLab
import LlamaradaText
import TestSupport
import Testing

@Suite struct PerplexityTests {
    /// softmax(0, ln 3) = (1/4, 3/4), softmax(1, 1) = (1/2, 1/2).
    @Test func negatedLogProbabilities() throws {
        let logits = Matrix(rows: 2, columns: 2, values: [0, Float(log(3.0)), 1, 1])
        let found = try Perplexity.negatedLogProbabilities(logits, of: [0, 1])
        #expect(abs(found[0] - log(4.0)) < 1e-7)
        #expect(abs(found[1] - log(2.0)) < 1e-15)
    }

    /// Far-apart logits neither overflow nor lose the small ones.
    @Test func extremeLogits() throws {
        let logits = Matrix(rows: 2, columns: 3, values: [1e30, 0, -1e30, 1000, 999, -.infinity])
        let found = try Perplexity.negatedLogProbabilities(logits, of: [0, 1])
        #expect(found[0] == 0)
        #expect(abs(found[1] - (1 + log1p(exp(-1.0)))) < 1e-12)
    }

    /// The method on a tiny model, against the plain formulas over the same chunks.
    @Test(arguments: ["f16", "q4_0", "q8_0"]) func chunksOfATinyModel(name: String) async throws {
        let fixture = try ModelFixture.load(name)
        let path = ModelFixture.folder.appending(path: "models/\(fixture.model)").path()
        let text = String(repeating: "She rowed around the island: 3 hours, 20 minutes, said the café.\n", count: 6)
        let length = 32
        let estimates = try await Self.estimates(path, text, length: length)

        let file = try fixture.open()
        let tokenizer = try Tokenizer(gguf: file)
        let tokens = tokenizer.encode(text, addSpecial: true, parseSpecial: false)
        #expect(estimates.count == tokens.count / length && estimates.count >= 2)
        let model = try ReferenceTransformer(
            file: file, configuration: ModelConfiguration(gguf: file), contextLength: length, cacheType: .f32,
            threads: 2)
        var values: [Double] = []
        for (index, estimate) in estimates.enumerated() {
            var chunk = Array(tokens[index * length..<(index + 1) * length])
            if tokenizer.vocabulary.addsBOS { chunk[0] = try #require(tokenizer.vocabulary.bos) }
            let logits = try model.forward(chunk, at: 0, logits: .all)
            values += (length / 2..<length - 1).map {
                -Reference.logProbability(logits.row($0), of: Int(chunk[$0 + 1]))
            }
            let mean = values.reduce(0, +) / Double(values.count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
            #expect(estimate.chunk == index + 1 && estimate.tokenCount == values.count)
            #expect(abs(estimate.perplexity / exp(mean) - 1) < 1e-5)
            let uncertainty = exp(mean) * (variance / Double(values.count - 1)).squareRoot()
            #expect(abs(estimate.uncertainty / uncertainty - 1) < 1e-4)
        }
    }

    @Test(arguments: ModelFixture.names) func bothBackendsAgree(name: String) async throws {
        let path = ModelFixture.folder.appending(path: "models/\(name).gguf").path()
        let text = String(repeating: "and then she rowed back, slowly; 42 minutes later it was dark. ", count: 5)
        let cpu = try await Self.estimates(path, text, length: 48)
        let vulkan = try await Self.estimates(path, text, length: 48, backend: .vulkan())
        #expect(cpu.count == vulkan.count && !cpu.isEmpty)
        for (cpu, vulkan) in zip(cpu, vulkan) {
            #expect(abs(cpu.perplexity / vulkan.perplexity - 1) < 1e-4)
            #expect(abs(cpu.uncertainty / vulkan.uncertainty - 1) < 1e-3)
        }
    }

    /// The first of five chunks of a text, against a float64 evaluation of the same file.
    @Test(.enabled(if: !Validation.isOn))
    func gemma() async throws {
        struct Expected: Decodable {
            let text: String
            let contextLength: Int
            /// After one chunk, two, …
            let running: [Double]
        }
        let expected = try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: ModelFixture.folder.appending(path: "gemma/perplexity.json")))
        let text = try String(
            contentsOf: ModelFixture.folder.appending(path: "perplexity/\(expected.text)"), encoding: .utf8)
        let model = try await LanguageModel.load(
            Gemma.path, options: LoadOptions(backend: .vulkan(), contextLength: expected.contextLength))
        let estimates = try await model.perplexity(of: text, limit: 1)
        #expect(estimates.count == 1)
        for (found, expected) in zip(estimates, expected.running) {
            #expect(abs(found.perplexity / expected - 1) < 1e-3, "\(found.perplexity), not \(expected)")
        }
    }

    @Test func aTextOfLessThanAChunk() async throws {
        let path = ModelFixture.folder.appending(path: "models/f32.gguf").path()
        let error = await #expect(throws: GenerationError.self) {
            _ = try await Self.estimates(path, "short", length: 64)
        }
        #expect(error?.problem.contains("one chunk needs 64") == true)
    }

    @Test func aLimitAndAStop() async throws {
        struct Stop: Error {}
        let path = ModelFixture.folder.appending(path: "models/q8_0.gguf").path()
        let options = LoadOptions(backend: .cpu, contextLength: 16)
        let model = try await LanguageModel.load(path, options: options)
        let text = String(repeating: "one two three ", count: 20)
        #expect(try await model.perplexity(of: text, limit: 1).count == 1)
        await #expect(throws: Stop.self) { _ = try await model.perplexity(of: text, check: { throw Stop() }) }
        await #expect(throws: Stop.self) { _ = try await model.perplexity(of: text, each: { _ in throw Stop() }) }
    }

    static func estimates(
        _ path: String, _ text: String, length: Int, backend: Backend = .cpu
    ) async throws -> [PerplexityEstimate] {
        let options = LoadOptions(
            backend: backend, contextLength: length, keyCacheType: .f32, valueCacheType: .f32, threads: 2)
        return try await LanguageModel.load(path, options: options).perplexity(of: text)
    }
}
