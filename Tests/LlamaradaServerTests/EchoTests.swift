import Llamarada
import LlamaradaTensors
import LlamaradaText
import Testing

/// An echoed prompt has the log-probabilities that lm-evaluation-harness reads.
@Suite struct EchoTests {
    private struct Lists {
        var tokens: [JSONValue]
        var scores: [JSONValue]
        var top: [JSONValue]
        var offsets: [JSONValue]
        var text: String

        init(_ reply: Connection.Reply) throws {
            let choice = try #require(try reply.json()["choices"]?.elements?.first)
            func list(_ name: String) throws -> [JSONValue] {
                try #require(choice["logprobs"]?[name]?.elements)
            }
            (tokens, scores) = (try list("tokens"), try list("token_logprobs"))
            (top, offsets) = (try list("top_logprobs"), try list("text_offset"))
            text = try #require(choice["text"]?.text)
        }
    }

    @Test(arguments: [0, 1, 5]) func everyTokenHasItsScore(_ count: Int) async throws {
        let server = try await TestServer().ready()
        let model = try await TestServer.tinyModel()
        let prompt = model.tokenizer.encode("the license of this", addSpecial: true, parseSpecial: true)
        let body = "{\"prompt\":\(prompt),\"max_tokens\":1,\"temperature\":0,\"echo\":true,\"logprobs\":\(count)}"
        // The second time the cache has the prompt; its scores are computed all the same.
        for _ in 0..<2 {
            let lists = try Lists(try await server.post("/v1/completions", body))
            #expect(lists.tokens.count == prompt.count + 1 && lists.offsets.count == prompt.count + 1)
            #expect(lists.scores[0] == .null && lists.top[0] == .null)
            let score = try await model.score(prompt, top: 1)
            for index in 1..<prompt.count {
                let expected = try #require(score.tokens[index].logProbability)
                let found = try #require(lists.scores[index].double)
                #expect(abs(found - expected) < 1e-9, "token \(index)")
                let members = try #require(lists.top[index].members)
                // The token itself is always there, so the largest of all tells whether it was the likeliest.
                #expect(members.contains { $0.value.double == found })
                #expect(members.count == max(1, count) || members.count == count + 1)
                if count > 0 {
                    let isLikeliest = try await isGreedy(model, prompt, index)
                    #expect((members.compactMap(\.value.double).max() == found) == isLikeliest, "token \(index)")
                }
            }
        }
    }

    private func isGreedy(_ model: LanguageModel, _ tokens: [TokenID], _ index: Int) async throws -> Bool {
        for try await event in model.generate(
            Array(tokens[..<index]), options: .init(maxTokens: 1, sampling: .greedy, ignoresEndOfText: true))
        {
            if case .token(let token) = event { return token.id == tokens[index] }
        }
        return false
    }

    /// One token follows, whatever it is: also where it ends the text.
    @Test func theTokenThatEndsTheTextIsListed() async throws {
        let server = try await TestServer().ready()
        let model = try await TestServer.tinyModel()
        let end = try #require(model.tokenizer.vocabulary.eos)
        let body =
            "{\"prompt\":\"the\",\"max_tokens\":1,\"temperature\":0,\"echo\":true,\"logprobs\":1,\"logit_bias\":{\"\(end)\":100}}"
        let reply = try await server.post("/v1/completions", body)
        let lists = try Lists(reply)
        let prompt = model.tokenizer.encode("the", addSpecial: true, parseSpecial: true)
        #expect(lists.tokens.count == prompt.count + 1)
        #expect(lists.text == "the")
        #expect(try reply.json()["choices"]?.elements?.first?["finish_reason"]?.text == "stop")
    }

    @Test func aStreamEchoesTheSame() async throws {
        let server = try await TestServer().ready()
        let body = #"{"prompt":"the license","max_tokens":3,"temperature":0,"echo":true,"logprobs":2,"ignore_eos":true"#
        let lists = try Lists(try await server.post("/v1/completions", body + "}"))
        let events = try await server.post("/v1/completions", body + #","stream":true}"#).events()
        let choices = events.compactMap { $0["choices"]?.elements?.first }
        #expect(choices.compactMap { $0["text"]?.text }.joined() == lists.text)
        #expect(choices.flatMap { $0["logprobs"]?["token_logprobs"]?.elements ?? [] } == lists.scores)
        #expect(choices.flatMap { $0["logprobs"]?["text_offset"]?.elements ?? [] } == lists.offsets)
    }
}

extension JSONValue {
    var double: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }
}
