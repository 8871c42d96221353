import Foundation
import Llamarada
import LlamaradaTensors
import TestSupport
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
