import Foundation
import Llamarada
import LlamaradaLab
import LlamaradaTensors
import LlamaradaText
import Testing

@Suite struct SyntheticModelTests {
    /// Runs `body` with the path of a tiny model.
    private static func withTiny<Result>(
        _ type: ElementType, seed: UInt64 = 0, _ body: (String) async throws -> Result
    ) async throws -> Result {
        let path = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID()).gguf").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try SyntheticModel(shape: .tiny, type: type, seed: seed).write(to: path)
        return try await body(path)
    }

    @Test(arguments: SyntheticModel.types) func runsOnBothBackends(type: ElementType) async throws {
        try await Self.withTiny(type) { path in
            let prompt = "Hello, World! ~{1+2=3}\n"
            var scores: [TextScore] = []
            for backend in [Backend.cpu, .vulkan()] {
                let options = LoadOptions(backend: backend, contextLength: 64, keyCacheType: .f32, valueCacheType: .f32)
                let model = try await LanguageModel.load(path, options: options)
                scores.append(try await model.score(prompt, top: 3))
            }
            #expect(scores[0].tokens.count > 8)
            #expect(scores[0].tokens.map(\.id) == scores[1].tokens.map(\.id))
            for (cpu, vulkan) in zip(scores[0].tokens, scores[1].tokens).dropFirst() {
                let (cpu, vulkan) = (try #require(cpu.logProbability), try #require(vulkan.logProbability))
                #expect(cpu.isFinite && abs(cpu - vulkan) < 2e-3)
            }
            // Neither flat (10.4 nats everywhere) nor decided.
            let likeliest = try #require(scores[0].top.first?.logProbability)
            #expect(likeliest > -8 && likeliest < -0.5)
        }
    }

    /// The standard deviation that was asked for, a mean of nothing, and head rows that never win.
    @Test(arguments: SyntheticModel.types) func scaleOfWeights(type: ElementType) async throws {
        try await Self.withTiny(type) { path in
            let file = try GGUFFile.open(path: path)
            let expected = [
                "token_embd.weight": 1, "blk.3.attn_q.weight": 1.5 / 16,
                "blk.0.ffn_down.weight": 1.5 / 704.0.squareRoot(),
                "output.weight": 1.5 / 16,
            ]
            for (name, deviation) in expected {
                let tensor = try #require(file.tensor(named: name))
                // Of the tiny model 704 columns are no whole blocks of 256.
                let fallbacks: [ElementType: ElementType] = [
                    .q2_K: .q4_0, .q3_K: .q4_0, .q4_K: .q5_0, .q5_K: .q5_1, .q6_K: .q8_0, .iq4_XS: .iq4_NL,
                ]
                #expect(tensor.elementType == (tensor.columnCount == 704 ? fallbacks[type] ?? type : type))
                let moments = Moments(try file.floats(of: tensor).map { Double($0) })
                #expect(abs(moments.deviation / deviation - 1) < 0.02, "\(name)")
                #expect(abs(moments.mean) < 6 * moments.uncertainty + 1e-6, "\(name)")
            }
            let head = try #require(file.tensor(named: "output.weight"))
            #expect(try file.floats(of: head, rows: 0..<3).allSatisfy { $0 == 0 })
            #expect(try file.floats(of: head, rows: 3..<4).contains { $0 != 0 })
            let norm = try file.floats(of: #require(file.tensor(named: "output_norm.weight")))
            #expect(norm.allSatisfy { (0.8...1.2).contains($0) } && Set(norm).count > 200)
        }
    }

    @Test func sameSeedSameBytes() async throws {
        let read = { (path: String) in try Data(contentsOf: URL(filePath: path)) }
        let first = try await Self.withTiny(.q5_1, seed: 3, read)
        let second = try await Self.withTiny(.q5_1, seed: 3, read)
        let other = try await Self.withTiny(.q5_1, seed: 4, read)
        #expect(first == second && first != other && first.count == other.count)
    }

    @Test func progressEndsAtTheWeights() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID()).gguf").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let model = SyntheticModel(shape: .tiny, type: .q4_0)
        var last = 0
        try model.write(to: path) { done, total in
            #expect(done > last && total == model.weightByteCount)
            last = done
        }
        #expect(last == model.weightByteCount)
    }

    /// LLaMA 1's parameters, and the file as the loader sees it; without the data.
    @Test(arguments: [
        ("1B", 1_100_048_384, 22, 2048, 32, 4, 5632), ("7B", 6_738_415_616, 32, 4096, 32, 32, 11008),
        ("13B", 13_015_864_320, 40, 5120, 40, 40, 13824),
    ])
    func shapes(name: String, parameters: Int, layers: Int, dim: Int, heads: Int, kvHeads: Int, ffn: Int) throws {
        let shape = try #require(SyntheticShape.all.first { $0.name == name })
        for type in [ElementType.f16, .q4_0] {
            let file = try Self.header(SyntheticModel(shape: shape, type: type))
            let c = try ModelConfiguration(gguf: file)
            let found: [Int] = [c.layerCount, c.dim, c.headCount, c.kvHeadCount, c.ffnDim]
            let expected: [Int] = [layers, dim, heads, kvHeads, ffn]
            #expect(found == expected)
            #expect(c.vocabularySize == 32_000 && c.contextLength == 2048 && c.ropeBase == 10_000 && !c.tiedHead)
            let epsilon: Float = name == "1B" ? 1e-5 : 1e-6
            #expect(c.normEpsilon == epsilon)
            #expect(file.tensors.reduce(0) { $0 + $1.elementCount } == parameters)
            #expect(file.tensors.allSatisfy { $0.elementType == ($0.shape.count == 1 ? .f32 : type) })
        }
    }

    /// Which matrices of a 7B have which type, and with that the size of the file that everyone has, 4.08 GB.
    @Test func aMixture() throws {
        let model = SyntheticModel(shape: .billion7, mixture: .q4_K_M)
        let file = try Self.header(model)
        let finer = file.tensors.filter { $0.elementType == .q6_K }.map(\.name)
        let layers = [0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31]
        #expect(
            Set(finer)
                == Set(layers.flatMap { ["blk.\($0).attn_v.weight", "blk.\($0).ffn_down.weight"] } + ["output.weight"]))
        #expect(file.tensors.allSatisfy { $0.shape.count == 1 || [.q4_K, .q6_K].contains($0.elementType) })
        #expect(abs(model.weightByteCount - 4_080_000_000) < 10_000_000, "\(model.weightByteCount)")
    }

    @Test func vocabularyIsPrintableASCII() throws {
        let file = try Self.header(SyntheticModel(shape: .tiny, type: .q4_0))
        let tokenizer = try Tokenizer(gguf: file)
        #expect(tokenizer.vocabulary.count == 32_000 && Set(tokenizer.vocabulary.pieces).count == 32_000)
        #expect(!tokenizer.vocabulary.kinds.contains(.byte))
        for id in 0..<Int32(32_000) {
            #expect(tokenizer.bytes(of: id, showSpecial: true).allSatisfy { (0x20...0x7E).contains($0) })
        }
        let printable = String(decoding: (0x20...0x7E).map { UInt8($0) }, as: UTF8.self)
        for text in [printable, "The quick brown fox", "aa  bb", "~", "Éa\n\tb"] {
            let tokens = tokenizer.encode(text, addSpecial: true, parseSpecial: false)
            #expect(tokens.first == 1)
            let ascii = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
            if ascii { #expect(tokenizer.decode(tokens) == Array(text.utf8)) }
        }
        // Words are made of pieces of up to three letters.
        #expect(tokenizer.encode("thequickbrown", addSpecial: false, parseSpecial: false).count <= 7)
    }

    @Test func anExistingFolderIsRefusedAtOnce() {
        let folder = FileManager.default.temporaryDirectory.path()
        #expect(throws: CheckpointError.self) {
            try SyntheticModel(shape: .billion13, type: .f32).write(to: folder) { _, _ in
                Issue.record("something was written")
            }
        }
    }

    /// The file that would be written, with nothing but its header.
    private static func header(_ model: SyntheticModel) throws -> GGUFFile {
        struct Enough: Error {}
        var bytes: [UInt8] = []
        #expect(throws: Enough.self) {
            try model.writer.write(into: { bytes.append(contentsOf: $0) }, file: "header") { _, _ in throw Enough() }
        }
        // No padding behind a tensor: every one of these is a multiple of 32 bytes long.
        return try GGUFFile(source: Header(content: bytes, byteCount: bytes.count + model.weightByteCount))
    }

    private struct Header: ByteSource {
        let content: [UInt8]
        let byteCount: Int
        var name: String { "header" }

        func read(into target: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws(CheckpointError) {
            for index in target.indices {
                let place = byteOffset + index
                target[index] = place < content.count ? content[place] : 0
            }
        }
    }
}
