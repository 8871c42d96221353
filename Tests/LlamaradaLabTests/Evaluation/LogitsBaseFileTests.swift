import Foundation
import Llamarada
import LlamaradaLab
import LlamaradaTensors
import LlamaradaText
import TestSupport
import Testing

@Suite struct LogitsBaseFileTests {
    private static let text = String(repeating: "She rowed around the island: 3 hours, said the café.\n", count: 6)
    private static let length = 32

    private static func model(_ name: String, _ backend: Backend = .cpu) async throws -> LanguageModel {
        let path = ModelFixture.folder.appending(path: "models/\(name).gguf").path()
        return try await LanguageModel.load(
            path, options: LoadOptions(backend: backend, contextLength: length, threads: 2))
    }

    /// Runs `body` with the path of a base that the q4_0 model wrote.
    private static func withBase(_ body: (String, LanguageModel) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID()).base").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let model = try await model("q4_0")
        _ = try await model.perplexity(of: text, savingBaseTo: path)
        try await body(path, model)
    }

    @Test func aModelAgainstItself() async throws {
        try await Self.withBase { path, model in
            let base = try LogitsBaseFile(path: path)
            #expect(base.contextLength == Self.length && base.vocabularySize == model.configuration.vocabularySize)
            let report = try await model.divergence(from: base)
            let summary = report.summary
            #expect(report.chunkCount == base.chunkCount)
            #expect(report.divergences(0) >= 0 && report.divergences(1) < 1e-7)
            #expect(summary.sameTop.value == 1)
            #expect(abs(summary.logRatio.value) < 1e-4 && summary.correlation > 0.9999)
            let last = try #require(try await model.perplexity(of: Self.text).last)
            #expect(summary.perplexity.value == last.perplexity)
            #expect(summary.perplexity.uncertainty == last.uncertainty)

            let vulkan = try await Self.model("q4_0", .vulkan()).divergence(from: base)
            #expect(vulkan.summary.divergence.value < 1e-5)
            #expect(abs(vulkan.summary.logRatio.value) < 1e-3)
        }
    }

    /// The layout, byte by byte, as llama.cpp writes it.
    @Test func layout() async throws {
        try await Self.withBase { path, model in
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
            let tokens = model.tokenizer.encode(Self.text, addSpecial: true, parseSpecial: false)
            func word(_ offset: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) } }
            let (vocabulary, chunks) = (model.configuration.vocabularySize, tokens.count / Self.length)
            #expect(String(decoding: bytes[..<8], as: UTF8.self) == "_logits_")
            #expect([8, 12, 16].map(word) == [Self.length, vocabulary, chunks])
            #expect((0..<chunks * Self.length).allSatisfy { word(20 + 4 * $0) == Int(tokens[$0]) })
            // 15 rows a chunk of 8 bytes and two bytes a token, their number made even: 379 tokens take 380.
            #expect(vocabulary == 379)
            #expect(bytes.count == 20 + 4 * chunks * Self.length + chunks * 15 * (8 + 2 * 380))
            let row = 20 + 4 * chunks * Self.length
            let (scale, floor) = (Float(bitPattern: UInt32(word(row))), Float(bitPattern: UInt32(word(row + 4))))
            let sum = (0..<vocabulary).reduce(0.0) { sum, token in
                let code = Int(bytes[row + 8 + 2 * token]) | Int(bytes[row + 9 + 2 * token]) << 8
                return sum + exp(Double(scale) * Double(code) + Double(floor))
            }
            #expect(abs(sum - 1) < 1e-4)
        }
    }

    /// Cut anywhere, lengthened, or with any header word changed, a file is refused with a reason.
    @Test func damage() async throws {
        try await Self.withBase { path, _ in
            let whole = [UInt8](try Data(contentsOf: URL(filePath: path)))
            func refuses(_ bytes: [UInt8]) -> Bool {
                do {
                    let base = try LogitsBaseFile(source: Bytes(content: bytes))
                    for chunk in 0..<base.chunkCount { try base.checkRows(ofChunk: chunk) }
                    return false
                } catch { return error.code == .invalid }
            }
            #expect(!refuses(whole))
            for count in Array(0..<64) + [whole.count / 2, whole.count - 1] {
                #expect(refuses(Array(whole[..<count])), "\(count) bytes")
            }
            #expect(refuses(whole + [0]))
            for offset in 0..<20 {
                for byte in [UInt8(0), 0x7F, 0xFF] where whole[offset] != byte {
                    var bytes = whole
                    bytes[offset] = byte
                    #expect(refuses(bytes), "byte \(offset) = \(byte)")
                }
            }
            let rows = 20 + whole[8..<12].reversed().reduce(0) { $0 << 8 | Int($1) } * 4 * Int(whole[16])
            for (offset, byte) in [(23, UInt8(0x7F)), (rows + 3, 0x7F), (rows + 3, 0xFF), (rows + 7, 0x7F)] {
                var bytes = whole
                bytes[offset] = byte
                #expect(refuses(bytes), "byte \(offset) = \(byte)")
            }
        }
    }

    @Test func anotherVocabulary() async throws {
        try await Self.withBase { path, _ in
            let base = try LogitsBaseFile(path: path)
            let other = try await Self.model("q8_0")
            let error = await #expect(throws: CheckpointError.self) { _ = try await other.divergence(from: base) }
            #expect(error?.code == .invalid)
        }
    }

    /// Stopped half-way, nothing is left behind.
    @Test func aStopLeavesNothing() async throws {
        struct Stop: Error {}
        let folder = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let model = try await Self.model("q4_0")
        let path = folder.appending(path: "base").path()
        await #expect(throws: Stop.self) {
            _ = try await model.perplexity(of: Self.text, savingBaseTo: path, each: { _ in throw Stop() })
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path()).isEmpty)
    }

    private struct Bytes: ByteSource {
        let content: [UInt8]
        var name: String { "base" }
        var byteCount: Int { content.count }

        func read(into target: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws(CheckpointError) {
            target.copyBytes(from: content[byteOffset..<byteOffset + target.count])
        }
    }
}
