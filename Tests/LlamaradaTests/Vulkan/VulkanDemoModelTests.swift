import Foundation
import Llamarada
import LlamaradaTensors
import TestSupport
import Testing

/// The demo model on Vulkan. It runs where tools/demo has fetched the model, or where LLAMARADA_DEMO_MODEL names it.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: DemoModel.path))) struct VulkanDemoModelTests {
    @Test func continuesTheCapitalOfFrance() async throws {
        let model = try await LanguageModel.load(DemoModel.path, options: .init(contextLength: 256))
        let options = GenerationOptions(maxTokens: 40, sampling: SamplingOptions(temperature: 0))
        var text = ""
        for try await event in model.generate("The capital of France is", options: options) { text += event.text }
        #expect(text == " Paris.\n\nThe answer is: 2018-01-22 12:12:53.")
    }

    /// Both backends on the same tokens, and what was recorded for them in f64 with an unrounded cache.
    @Test(arguments: ["story", "code", "notes"]) func likeliestTokens(name: String) throws {
        let fixture = try DemoModel.load(name)
        let recorded = try #require(fixture.argmax)
        #expect(fixture.tokens.count == 128)
        let model = try VulkanModel.open(GGUFFile.open(path: DemoModel.path), contextLength: 256)
        let found = try model.forward(fixture.tokens, at: 0, logits: .all)
        let reference = try DemoModel.reference(cache: .f32).forward(fixture.tokens, at: 0, logits: .all)
        for (position, gap) in fixture.gaps.enumerated() {
            let likeliest = Reference.argmax(found.row(position))
            if gap > 0.02 { #expect(likeliest == recorded[position], "position \(position), gap \(gap)") }
            let row = reference.row(position)
            let best = Reference.argmax(row)
            let second = row.enumerated().filter { $0.offset != best }.map(\.element).max() ?? -.infinity
            if row[best] - second > 0.02 { #expect(likeliest == best, "position \(position), CPU reference") }
        }
    }
}
