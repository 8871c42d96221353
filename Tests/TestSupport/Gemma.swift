import Foundation
package import Llamarada
import LlamaradaTensors

/// A trained Gemma's file, Gemma 3 270M in Q4_K_M, and what was recorded for it in f64.
package struct Gemma: Decodable {
    package let prompt: String
    package let promptTokens: [Int32]?
    package let tokens: [Int32]
    /// Of every token after the first, in nats.
    package let logprobs: [Double?]?
    package let gaps: [Double]

    package static let path =
        ProcessInfo.processInfo.environment["LLAMARADA_GEMMA"]
        ?? ModelFixture.folder.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "models/gemma-3-270m-q4_k_m.gguf").path()

    package static func load(_ name: String) throws -> Gemma {
        try JSONDecoder().decode(
            Gemma.self, from: Data(contentsOf: ModelFixture.folder.appending(path: "gemma/\(name).json")))
    }

    /// The largest difference to the recorded log-probabilities, with the logits of some rows at a time.
    package func deviation(chunk: Int = 100, _ logits: (_ tokens: ArraySlice<Int32>, _ position: Int) throws -> Matrix)
        rethrows -> Double
    {
        var worst = 0.0
        for start in stride(from: 0, to: tokens.count, by: chunk) {
            let part = tokens[start..<min(tokens.count, start + chunk)]
            let rows = try logits(part, start)
            for position in part.indices where position + 1 < tokens.count {
                let found = Reference.logProbability(rows.row(position - start), of: Int(tokens[position + 1]))
                let expected = logprobs?[position + 1] ?? .nan
                // So that NaN wins.
                let difference = abs(found - expected)
                if !(difference <= worst) { worst = difference }
            }
        }
        return worst
    }
}
