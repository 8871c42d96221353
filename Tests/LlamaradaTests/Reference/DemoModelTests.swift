import Foundation
import Llamarada
import LlamaradaTensors
import Testing

/// The demo model on the CPU reference. It runs where tools/demo has fetched the model, or where LLAMARADA_DEMO_MODEL
/// names it.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: DemoModel.path))) struct DemoModelTests {
    @Test func continuesTheCapitalOfFrance() throws {
        let fixture = try DemoModel.load("greedy")
        let prompt = try #require(fixture.promptTokens)
        let model = try DemoModel.reference()
        var found = [try model.greedy(after: prompt, at: 0)]
        while found.count < fixture.tokens.count {
            found.append(try model.greedy(after: found.suffix(1), at: prompt.count + found.count - 1))
        }
        #expect(found == fixture.tokens)
    }

    /// The fixtures are f64 on the same weights with an unrounded cache.
    @Test(arguments: ["story", "code", "notes"]) func likeliestTokens(name: String) throws {
        let fixture = try DemoModel.load(name)
        let expected = try #require(fixture.argmax)
        let model = try DemoModel.reference(cache: .f32)
        let logits = try model.forward(fixture.tokens, at: 0, logits: .all)
        for (position, gap) in fixture.gaps.enumerated() where gap > 0.02 {
            #expect(Reference.argmax(logits.row(position)) == expected[position], "position \(position), gap \(gap)")
        }
    }
}

/// The demo model's file and what was recorded for it in f64.
struct DemoModel: Decodable {
    let promptTokens: [Int32]?
    let tokens: [Int32]
    let argmax: [Int]?
    let gaps: [Double]

    static let path =
        ProcessInfo.processInfo.environment["LLAMARADA_DEMO_MODEL"]
        ?? ModelFixture.folder.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "models/SmolLM2-135M-Instruct.Q4_1.gguf").path()

    static func load(_ name: String) throws -> DemoModel {
        try JSONDecoder().decode(
            DemoModel.self, from: Data(contentsOf: ModelFixture.folder.appending(path: "demo/\(name).json")))
    }

    static func reference(cache: KVCacheType = .f16, threads: Int = 2) throws -> ReferenceTransformer {
        let file = try GGUFFile.open(path: path)
        return try ReferenceTransformer(
            file: file, configuration: ModelConfiguration(gguf: file), contextLength: 256, cacheType: cache,
            threads: threads)
    }
}
