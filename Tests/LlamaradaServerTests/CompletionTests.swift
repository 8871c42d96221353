import Foundation
import Llamarada
import LlamaradaServerSettings
import LlamaradaTensors
import LlamaradaText
import Testing

/// `/v1/completions` gives what the library gives.
@Suite struct CompletionTests {
    private func text(_ model: LanguageModel, _ prompt: String, _ options: GenerationOptions) async throws -> String {
        var text = ""
        let tokens = model.tokenizer.encode(prompt, addSpecial: true, parseSpecial: true)
        for try await event in model.generate(tokens, options: options) { text += event.text }
        return text
    }

    @Test func wholeAndStreamedAreTheLibrarysText() async throws {
        let server = try await TestServer().ready()
        let model = try await TestServer.tinyModel()
        let expected = try await text(
            model, "the license", .init(maxTokens: 12, sampling: .greedy, ignoresEndOfText: true))
        let body = #"{"prompt":"the license","max_tokens":12,"temperature":0,"ignore_eos":true"#
        let whole = try await server.post("/v1/completions", body + "}").json()
        #expect(whole["choices"]?.elements?.first?["text"]?.text == expected)
        #expect(whole["choices"]?.elements?.first?["finish_reason"]?.text == "length")
        #expect(whole["usage"]?["completion_tokens"]?.integer == 12)
        #expect(whole["object"]?.text == "text_completion")
        let reply = try await server.post(
            "/v1/completions", body + #","stream":true,"stream_options":{"include_usage":true}}"#)
        #expect(reply.fields["content-type"]?.hasPrefix("text/event-stream") == true)
        #expect(reply.body.hasSuffix("data: [DONE]\n\n"))
        let events = try reply.events()
        let streamed = events.compactMap { $0["choices"]?.elements?.first?["text"]?.text }.joined()
        #expect(streamed == expected)
        #expect(events.last?["choices"] == .array([]))
        #expect(events.last?["usage"]?["completion_tokens"]?.integer == 12)
    }

    /// The server's default and the request's field change no token; drafts are counted where OpenAI counts predictions.
    @Test func draftsChangeNothing() async throws {
        let server = try await TestServer(
            { $0.model.lookup = 5 },
            model: {
                let model = try await TestServer.tinyModel()
                await model.draftFreely { PromptLookup($0) }
                return model
            }
        ).ready()
        let body = #"{"prompt":[5,60,7,90,5,60,7,90,5,60],"max_tokens":40,"temperature":0,"ignore_eos":true"#
        let plain = try await server.post("/v1/completions", body + #","lookup":0}"#).json()
        let drafted = try await server.post("/v1/completions", body + "}").json()
        let more = try await server.post("/v1/completions", body + #","lookup":31}"#).json()
        #expect(plain["choices"] == drafted["choices"] && plain["choices"] == more["choices"])
        func counts(_ reply: JSONValue) -> [Int?] {
            let details = reply["usage"]?["completion_tokens_details"]
            return ["accepted", "rejected"].map { details?[$0 + "_prediction_tokens"]?.integer }
        }
        #expect(counts(plain) == [0, 0] && plain["timings"]?["draft_n"] == nil)
        let found = counts(drafted).compactMap { $0 }
        #expect(found.count == 2 && found[0] + found[1] > 0 && counts(more) != counts(drafted))
        #expect(drafted["timings"]?["draft_n"]?.integer == found[0] + found[1])
        #expect(drafted["timings"]?["draft_n_accepted"]?.integer == found[0])
        let page = try await server.get("/metrics").body
        let all = (found + counts(more).compactMap { $0 }).reduce(0, +)
        #expect(page.contains("\nllamarada_drafted_tokens_total \(all)\n"))
        #expect(page.contains("\nllamarada_accepted_tokens_total \(found[0] + (counts(more)[0] ?? 0))\n"))
    }

    @Test func severalPromptsAndChoicesComeInOrder() async throws {
        let server = try await TestServer().ready()
        let model = try await TestServer.tinyModel()
        let body = #"{"prompt":["the","of this"],"n":2,"max_tokens":6,"seed":7,"ignore_eos":true}"#
        let choices = try await server.post("/v1/completions", body).json()["choices"]?.elements ?? []
        #expect(choices.map { $0["index"]?.integer } == [0, 1, 2, 3])
        for (index, choice) in choices.enumerated() {
            let options = GenerationOptions(
                maxTokens: 6, sampling: .init(seed: 7 + UInt64(index % 2)), ignoresEndOfText: true)
            let expected = try await text(model, index < 2 ? "the" : "of this", options)
            #expect(choice["text"]?.text == expected, "\(index)")
        }
    }

    @Test func tokensAreTakenAsTheyAre() async throws {
        let server = try await TestServer().ready()
        let model = try await TestServer.tinyModel()
        let tokens = model.tokenizer.encode("the license", addSpecial: true, parseSpecial: true)
        let rest = #","max_tokens":4,"temperature":0,"ignore_eos":true}"#
        let one = try await server.post("/v1/completions", #"{"prompt":"the license""# + rest).json()
        let two = try await server.post("/v1/completions", "{\"prompt\":[\(tokens)]" + rest).json()
        let three = try await server.post("/v1/completions", "{\"prompt\":\(tokens)" + rest).json()
        #expect(one["choices"] == two["choices"] && two["choices"] == three["choices"])
    }

    @Test func stopStringsEndTheText() async throws {
        let server = try await TestServer().ready()
        let model = try await TestServer.tinyModel()
        let all = try await text(
            model, "the license", .init(maxTokens: 20, sampling: .greedy, ignoresEndOfText: true))
        let stop = String(all.dropFirst(3).prefix(3))
        let document = JSONValue.object([
            .init("prompt", .string("the license")), .init("max_tokens", .integer(20)),
            .init("temperature", .integer(0)), .init("ignore_eos", .bool(true)), .init("stop", .array([.string(stop)])),
        ])
        let choice = try await server.post("/v1/completions", document.encoded).json()["choices"]?.elements?.first
        let expected = all.range(of: stop).map { String(all[..<$0.lowerBound]) }
        #expect(choice?["text"]?.text == expected)
        #expect(choice?["finish_reason"]?.text == "stop")
    }

    /// A bias decides; and presence alone keeps a token from coming twice.
    @Test func biasesAndPenalties() async throws {
        let server = try await TestServer().ready()
        let body = #"{"prompt":"the","max_tokens":3,"temperature":0,"ignore_eos":true,"logprobs":0,"#
        let biased = try await server.post("/v1/completions", body + #""logit_bias":{"300":100}}"#).json()
        let tokens = biased["choices"]?.elements?.first?["logprobs"]?["tokens"]?.elements ?? []
        #expect(tokens.count == 3 && Set(tokens.compactMap(\.text)).count == 1)
        // What was said becomes less likely each time, so that two that begin alike take turns.
        let body24 = body.replacingOccurrences(of: "\"max_tokens\":3", with: "\"max_tokens\":24")
        let both = body24 + #""logit_bias":{"300":100,"301":100},"presence_penalty":1,"frequency_penalty":2}"#
        let mixed = try await server.post("/v1/completions", both).json()
        let found = mixed["choices"]?.elements?.first?["logprobs"]?["tokens"]?.elements?.compactMap(\.text) ?? []
        let counts = Dictionary(grouping: found) { $0 }.mapValues(\.count)
        #expect(found.count == 24 && counts.count == 2 && counts.values.allSatisfy { $0 > 6 }, "\(counts)")
    }
}
