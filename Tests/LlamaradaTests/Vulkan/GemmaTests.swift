import Foundation
import Llamarada
import LlamaradaTensors
import LlamaradaText
import TestSupport
import Testing

/// Gemma 3 270M as people have it, from tools/fetch-gemma or where LLAMARADA_GEMMA names it. Not under the validation
/// layer, where it would take too long: tiny models of the same architecture run there.
@Suite(.enabled(if: !Validation.isOn))
struct GemmaTests {
    @Test func tokensAreSentencePieces() throws {
        let tokenizer = try Tokenizer(gguf: GGUFFile.open(path: Gemma.path))
        for name in ["story", "code", "notes"] {
            let fixture = try Gemma.load(name)
            #expect(tokenizer.encode(fixture.prompt, addSpecial: true, parseSpecial: false) == fixture.tokens)
        }
        let greedy = try Gemma.load("greedy")
        #expect(tokenizer.encode(greedy.prompt, addSpecial: true, parseSpecial: false) == greedy.promptTokens)
    }

    /// With an f32 cache: an f16 one alone moves single tokens by up to 4e-3. The story is longer than the window of
    /// 512.
    @Test(arguments: ["story", "code", "notes"]) func logProbabilities(name: String) throws {
        let fixture = try Gemma.load(name)
        let model = try VulkanModel.open(GGUFFile.open(path: Gemma.path), contextLength: 640)
        let worst = try fixture.deviation { tokens, position in
            try model.forward(Array(tokens), at: position, logits: .all)
        }
        #expect(worst < 1e-3, "\(worst)")
        print("\(name): log-probabilities within \(worst) of f64's")
    }

    /// Rounding keys and values to f16, and nothing else, moves single tokens of these texts by up to 6.4e-3, 3.4e-3 and
    /// 3.7e-3 in f64.
    @Test(arguments: ["story", "code", "notes"]) func logProbabilitiesWithAnF16Cache(name: String) throws {
        let fixture = try Gemma.load(name)
        let model = try VulkanModel.open(
            GGUFFile.open(path: Gemma.path), keys: .f16, values: .f16, contextLength: 640)
        let worst = try fixture.deviation { tokens, position in
            try model.forward(Array(tokens), at: position, logits: .all)
        }
        #expect(worst < 1.5e-2, "\(worst)")
        print("\(name): log-probabilities with an f16 cache within \(worst) of f64's")
    }

    @Test func continuesTheCapitalOfFrance() throws {
        let fixture = try Gemma.load("greedy")
        let prompt = try #require(fixture.promptTokens)
        let model = try VulkanModel.open(GGUFFile.open(path: Gemma.path))
        var found = [try model.greedy(after: prompt, at: 0)]
        while found.count < fixture.tokens.count {
            found.append(try model.greedy(after: found.suffix(1), at: prompt.count + found.count - 1))
        }
        #expect(found == fixture.tokens)
    }
}
