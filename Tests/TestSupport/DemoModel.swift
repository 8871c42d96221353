import Foundation
package import Llamarada
import LlamaradaTensors

/// The demo model's file and what was recorded for it in f64.
package struct DemoModel: Decodable {
    package let promptTokens: [Int32]?
    package let tokens: [Int32]
    package let argmax: [Int]?
    package let gaps: [Double]

    package static let path =
        ProcessInfo.processInfo.environment["LLAMARADA_DEMO_MODEL"]
        ?? ModelFixture.folder.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "models/SmolLM2-135M-Instruct.Q4_1.gguf").path()

    package static func load(_ name: String) throws -> DemoModel {
        try JSONDecoder().decode(
            DemoModel.self, from: Data(contentsOf: ModelFixture.folder.appending(path: "demo/\(name).json")))
    }

    package static func reference(cache: KVCacheType = .f16, threads: Int = 2) throws -> ReferenceTransformer {
        let file = try GGUFFile.open(path: path)
        return try ReferenceTransformer(
            file: file, configuration: ModelConfiguration(gguf: file), contextLength: 256, cacheType: cache,
            threads: threads)
    }
}
