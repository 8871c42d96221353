package import Foundation
package import LlamaradaTensors

/// A tiny model and what Hugging Face computes for it in f64; tools/fixtures/README.md has the format.
package struct ModelFixture: Decodable {
    package struct Greedy: Decodable {
        package let tokens: [Int32]
        package let gaps: [Double]
    }
    package struct Logits: Decodable {
        package let file: String
        package let shape: [Int]
    }
    package struct Likely: Decodable {
        package let id: Int
        package let logprob: Double
    }
    package struct Trace: Decodable {
        package struct Value: Decodable {
            package let name: String
            package let shape: [Int]
        }
        package let file: String
        package let values: [Value]
    }

    package let model: String
    package let tokens: [Int32]
    package let logits: Logits
    package let logprobs: [Double?]
    package let nll: Double
    package let top: [Likely]
    package let argmax: [Int]
    package let gaps: [Double]
    package let greedy: Greedy
    package let trace: Trace?

    /// Weight types that every architecture has a model of.
    private static let types = ["f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q4_k", "q6_k"]
    /// One of every architecture and of these types, one of Q5_K, three whose matrices are of several types, and what
    /// llama.cpp's quantiser made; under the validation layer, which takes twenty times as long and looks at no number,
    /// each type and each architecture.
    package static let names =
        Validation.isOn
        ? types + ["mixed_k", "q5_k", "qwen2-f16", "qwen3-q8_0", "gemma3-f32", "gemma3-q4_k"] : all
    /// One of each architecture, and types that share nothing.
    package static let few = ["f32", "q4_1", "mixed_k", "qwen2-f16", "qwen3-q8_0", "gemma3-q4_k"]
    private static let all =
        types + ["mixed", "mixed_k", "q4_k_m", "q5_k"]
        + ["qwen2", "qwen3"].flatMap { name in types.map { "\(name)-\($0)" } }
        + ["f32", "q8_0", "q4_k"].map { "gemma3-\($0)" }
        + ["q2_k", "q3_k_m", "q4_k_m", "q5_k_m", "iq4_nl", "iq4_xs", "mxfp4"].map { "llamacpp-\($0)" }
    package static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures")

    package static func load(_ name: String) throws -> ModelFixture {
        try JSONDecoder().decode(
            ModelFixture.self, from: Data(contentsOf: folder.appending(path: "models/\(name).json")))
    }

    package func open() throws -> GGUFFile {
        try GGUFFile.open(path: Self.folder.appending(path: "models/\(model)").path())
    }

    /// Little-endian f32 values of a file beside the model.
    package static func floats(_ file: String) throws -> [Float] {
        let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "models/\(file)")))
        return stride(from: 0, to: bytes.count, by: 4).map { offset in
            Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) })
        }
    }
}
