import Foundation
import LlamaradaTensors

/// Files of Tests/Fixtures, and what was recorded for them; tools/fixtures/README.md has the formats.
enum Fixtures {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let folder = root.appending(path: "Tests/Fixtures")
    static let demoModel =
        ProcessInfo.processInfo.environment["LLAMARADA_DEMO_MODEL"]
        ?? root.appending(path: "models/SmolLM2-135M-Instruct.Q4_1.gguf").path()

    static func model(_ name: String) -> String { folder.appending(path: "models/\(name).gguf").path() }

    static func json<Value: Decodable>(_ path: String, as type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: folder.appending(path: path)))
    }

    /// Calls `body` with a path that nothing lies at, and removes afterwards what then does.
    static func withTemporaryPath<R>(_ name: String, _ body: (String) throws -> R) throws -> R {
        let folder = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder.appending(path: name).path())
    }
}

/// What Hugging Face computes for a tiny model.
struct ModelFixture: Decodable {
    struct Likely: Decodable {
        let id: Int
        let logprob: Double
    }
    struct Greedy: Decodable {
        let tokens: [Int]
        let text: String
    }
    let prompt: String
    let tokens: [Int]
    let pieces: [String]
    let logprobs: [Double?]
    let nll: Double
    let top: [Likely]
    let greedy: Greedy

    static let names = ["f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "mixed"]

    static func load(_ name: String) throws -> ModelFixture { try Fixtures.json("models/\(name).json") }
}

/// A vocabulary with the ids that a reference tokenizer gives.
struct TokenizerFixture: Decodable {
    struct Sample: Decodable {
        let name: String
        let base64: String

        /// Nil where the bytes can't be an argument: a zero byte ends one, and Swift's process arguments are UTF-8.
        var argument: String? {
            Data(base64Encoded: base64).flatMap { $0.contains(0) ? nil : String(data: $0, encoding: .utf8) }
        }
    }
    let model: String
    let preTokenizer: String?
    let pieces: [String]
    let scores: [Float]?
    let merges: [String]?
    let kinds: [Int32]
    let bos: UInt32
    let eos: UInt32
    let unknown: UInt32?
    let addsSpacePrefix: Bool?
    let ids: [[Int]]

    static func samples() throws -> [Sample] { try Fixtures.json("tokenizers/texts.json") }

    /// Writes the vocabulary as a GGUF file that has no tensors.
    func write(to path: String) throws {
        func strings(_ texts: [String]) -> MetadataValue {
            .array(.string(MetadataStrings(texts.map { Array($0.utf8) })))
        }
        var writer = GGUFWriter()
        writer.add("tokenizer.ggml.model", .string(Array((preTokenizer == nil ? "llama" : "gpt2").utf8)))
        if let preTokenizer { writer.add("tokenizer.ggml.pre", .string(Array(preTokenizer.utf8))) }
        writer.add("tokenizer.ggml.tokens", strings(pieces))
        writer.add("tokenizer.ggml.token_type", .array(.int32(kinds)))
        if let scores { writer.add("tokenizer.ggml.scores", .array(.float32(scores))) }
        if let merges { writer.add("tokenizer.ggml.merges", strings(merges)) }
        writer.add("tokenizer.ggml.bos_token_id", .uint32(bos))
        writer.add("tokenizer.ggml.eos_token_id", .uint32(eos))
        if let unknown { writer.add("tokenizer.ggml.unknown_token_id", .uint32(unknown)) }
        writer.add("tokenizer.ggml.add_bos_token", .bool(false))
        writer.add("tokenizer.ggml.add_space_prefix", .bool(addsSpacePrefix ?? false))
        try writer.write(to: path) { _, _ in }
    }
}

/// The ids alone, for a vocabulary that a model has.
struct RecordedIDs: Decodable {
    let ids: [[Int]]
}
