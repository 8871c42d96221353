import Llamarada
import LlamaradaTensors
import LlamaradaText
import TestSupport
import Testing

/// Models that lie in several files compute what they do in one.
@Suite struct SplitModelTests {
    @Test(arguments: ["q4_0", "q4_k_m", "gemma3-q8_0"]) func theSameLogits(name: String) throws {
        let fixture = try ModelFixture.load(name)
        let whole = try fixture.open()
        let split = SplitModel(whole, into: 3)
        let cut = try split.files().open(split.path(1))
        #expect(cut.parts.count == 3)
        let logits = try [whole, cut].map {
            try VulkanModel.open($0).forward(fixture.tokens, at: 0, logits: .all)
        }
        #expect(logits[0] == logits[1])
        let reference = try [whole, cut].map { file in
            let model = try ReferenceTransformer(
                file: file, configuration: ModelConfiguration(gguf: file), contextLength: 128, threads: 2)
            return try model.forward(fixture.tokens, at: 0, logits: .last)
        }
        #expect(reference[0] == reference[1])
        #expect(
            try Tokenizer(gguf: cut).encode("Hello there", addSpecial: true, parseSpecial: false)
                == Tokenizer(gguf: whole).encode("Hello there", addSpecial: true, parseSpecial: false))
    }
}
