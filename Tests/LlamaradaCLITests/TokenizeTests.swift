import Foundation
import Testing

@Suite struct TokenizeTests {
    /// What `tokenize --json` prints.
    struct Tokens: Decodable {
        struct Token: Decodable {
            let id: Int
            let piece: String
        }
        let text: String
        let tokens: [Token]
    }

    private func tokens(_ arguments: String...) throws -> Tokens {
        let program = try Program.run(["tokenize", "--json"] + arguments)
        #expect(program.status == 0 && program.errors.isEmpty, "\(program.errors)")
        return try JSONDecoder().decode(Tokens.self, from: Data(program.outputBytes))
    }

    /// Against ids of other tokenizers, there and back.
    @Test(arguments: ["sentencepiece", "gpt-2", "smollm", "llama-bpe", "default"])
    func agreesWithTheRecord(_ name: String) throws {
        let fixture: TokenizerFixture = try Fixtures.json("tokenizers/\(name).json")
        try Fixtures.withTemporaryPath("vocabulary.gguf") { path in
            try fixture.write(to: path)
            try check(path, fixture.ids)
        }
    }

    @Test func agreesWithTheRecordOfTheDemoModel() throws {
        try check(Fixtures.demoModel, try Fixtures.json("tokenizers/smollm-demo.json", as: RecordedIDs.self).ids)
    }

    private func check(_ path: String, _ ids: [[Int]]) throws {
        for (sample, ids) in zip(try TokenizerFixture.samples(), ids) {
            guard let text = sample.argument else { continue }
            let there = try tokens("-m", path, "-p", text)
            #expect(there.tokens.map(\.id) == ids && there.text == text, "\(sample.name)")
            let back = try Program.run(
                "tokenize", "-m", path, "--ids", ids.map(String.init).joined(separator: ","))
            #expect(back.status == 0 && back.output == text + "\n", "\(sample.name): \(back.output)")
        }
    }

    @Test func idsAsText() throws {
        let program = try Program.run("tokenize", "-m", Fixtures.model("f32"), "-p", "Hé")
        #expect(program.output == "    1  <s>\n  341  ▁\n   76  <0x48>\n  199  <0xC3>\n  173  <0xA9>\n")
        let json = try tokens("-m", Fixtures.model("f32"), "--ids", "1 341,76 199,173")
        #expect(json.text == "Hé" && json.tokens.map(\.id) == [1, 341, 76, 199, 173])
    }

    @Test func specialTokensOnlyByRequest() throws {
        let model = Fixtures.model("f32")
        let plain = try tokens("-m", model, "-p", "a</s>")
        let special = try tokens("-m", model, "-p", "a</s>", "--special")
        #expect(!plain.tokens.dropFirst().contains { $0.id < 3 } && special.tokens.last?.id == 2)
        #expect(try tokens("-m", model, "--ids", "1,2").text.isEmpty)
        #expect(try tokens("-m", model, "--ids", "1,2", "--special").text == "<s></s>")
    }
}
