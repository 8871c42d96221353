import Foundation
import Testing

@Suite struct ScoreTests {
    /// What `score --json` prints.
    struct Score: Decodable {
        struct Token: Decodable {
            let id: Int
            let piece: String
            let logprob: Double?
        }
        let tokens: [Token]
        let nll: Double
        let top: [Token]
    }

    /// Hugging Face's log-probabilities in f64, on both backends.
    @Test(arguments: ModelFixture.names, ["vulkan", "cpu"]) func agreesWithTheRecord(_ name: String, _ backend: String)
        throws
    {
        let fixture = try ModelFixture.load(name)
        let program = try Program.run(
            "score", "-m", Fixtures.model(name), "-p", fixture.prompt, "--json", "--backend", backend, "-ctk", "f32",
            "-ctv", "f32")
        #expect(program.status == 0 && program.errors.isEmpty)
        let keys = try #require(JSONSerialization.jsonObject(with: Data(program.outputBytes)) as? [String: Any]).keys
        #expect(Set(keys) == ["tokens", "nll", "top"])
        let score = try JSONDecoder().decode(Score.self, from: Data(program.outputBytes))
        #expect(score.tokens.map(\.id) == fixture.tokens && score.tokens.map(\.piece) == fixture.pieces)
        #expect(score.tokens.first?.logprob == nil && score.tokens.dropFirst().allSatisfy { $0.logprob != nil })
        // Twice what a logit may be off by.
        for (found, expected) in zip(score.tokens, fixture.logprobs) {
            #expect(abs((found.logprob ?? 0) - (expected ?? 0)) <= 4e-4 + 4e-4 * abs(expected ?? 0))
        }
        #expect(abs(score.nll - fixture.nll) <= 4e-4 * (Double(fixture.tokens.count) + fixture.nll))
        #expect(score.top.count == 10)
        for (found, expected) in zip(score.top, fixture.top) {
            #expect(abs((found.logprob ?? 0) - expected.logprob) <= 4e-4 + 4e-4 * abs(expected.logprob))
        }
        #expect(score.top.first?.id == fixture.top.first?.id)
    }

    @Test func textIsATable() throws {
        let program = try Program.run("score", "-m", Fixtures.model("f32"), "-p", "Hello")
        #expect(program.status == 0 && program.output.contains("negative log-likelihood"))
        #expect(program.output.split(separator: "\n").count == 19)
    }

    @Test func oneToken() throws {
        let program = try Program.run("score", "-m", Fixtures.model("f32"), "-p", "", "--json")
        let score = try JSONDecoder().decode(Score.self, from: Data(program.outputBytes))
        #expect(score.tokens.map(\.id) == [1] && score.nll == 0 && program.output.contains("\"nll\":0.0"))
    }

    /// Longer than the tokens whose logits are held at once.
    @Test func longTextInOnePassOrMany() throws {
        let text = String(repeating: "the lamp and ", count: 30)
        let scores = try ["-ub", "-b"].map { option in
            try JSONDecoder().decode(
                Score.self,
                from: Data(
                    try Program.run(
                        "score", "-m", Fixtures.model("f32"), "-c", "1000", "-p", text, "--json", option, "7"
                    ).outputBytes))
        }
        #expect(scores[0].tokens.count > 150 && scores[0].nll == scores[1].nll)
    }
}
