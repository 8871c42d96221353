import Foundation
import LlamaradaTensors

/// A tiny model and what Hugging Face computes for it in f64; tools/fixtures/README.md has the format.
struct ModelFixture: Decodable {
    struct Greedy: Decodable {
        let tokens: [Int32]
        let gaps: [Double]
    }
    struct Logits: Decodable {
        let file: String
        let shape: [Int]
    }
    struct Likely: Decodable {
        let id: Int
        let logprob: Double
    }
    struct Trace: Decodable {
        struct Value: Decodable {
            let name: String
            let shape: [Int]
        }
        let file: String
        let values: [Value]
    }

    let model: String
    let tokens: [Int32]
    let logits: Logits
    let logprobs: [Double?]
    let nll: Double
    let top: [Likely]
    let argmax: [Int]
    let gaps: [Double]
    let greedy: Greedy
    let trace: Trace?

    static let names = ["f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "mixed"]
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures")

    static func load(_ name: String) throws -> ModelFixture {
        try JSONDecoder().decode(
            ModelFixture.self, from: Data(contentsOf: folder.appending(path: "models/\(name).json")))
    }

    func open() throws -> GGUFFile { try GGUFFile.open(path: Self.folder.appending(path: "models/\(model)").path()) }

    /// Little-endian f32 values of a file beside the model.
    static func floats(_ file: String) throws -> [Float] {
        let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "models/\(file)")))
        return stride(from: 0, to: bytes.count, by: 4).map { offset in
            Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) })
        }
    }
}
