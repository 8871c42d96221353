import Llamarada
import LlamaradaServerSettings
import LlamaradaTensors
import LlamaradaText
import Testing

/// What a request or the server's settings say of samplers is what the library then does.
@Suite struct SamplerFieldsTests {
    private static let fields: [(json: String, set: @Sendable (inout SamplingOptions) -> Void)] = [
        (#""typical_p":0.3"#, { $0.typicalP = 0.3 }),
        (#""top_n_sigma":0.5"#, { $0.topNSigma = 0.5 }),
        (#""xtc_probability":0.7,"xtc_threshold":0.01"#, { $0.xtc = .init(probability: 0.7, threshold: 0.01) }),
        (
            #""dynatemp_range":0.7,"dynatemp_exponent":3"#,
            { $0.dynamicTemperature = .init(range: 0.7, exponent: 3) }
        ),
        (
            #""mirostat":1,"mirostat_tau":1,"mirostat_eta":0.5"#,
            { $0.mirostat = .init(.first, targetSurprise: 1, learningRate: 0.5) }
        ),
        (#""mirostat":2,"mirostat_tau":1.5"#, { $0.mirostat = .init(.second, targetSurprise: 1.5) }),
        (
            #""temperature":5,"dry_multiplier":30,"dry_base":2,"dry_allowed_length":0,"dry_penalty_last_n":-1"#,
            {
                $0.temperature = 5
                $0.dry = .init(multiplier: 30, base: 2, allowedLength: 0, lastN: -1)
            }
        ),
        (
            #""temperature":5,"dry_multiplier":30,"dry_allowed_length":0,"dry_sequence_breakers":["e","i"]"#,
            {
                $0.temperature = 5
                $0.dry = .init(multiplier: 30, allowedLength: 0)
                $0.dry.sequenceBreakers = ["e", "i"]
            }
        ),
        (
            #""samplers":["temperature","top_k"],"temperature":3"#,
            {
                $0.samplers = [.temperature, .topK]
                $0.temperature = 3
            }
        ),
        (
            #""samplers":"k","top_k":3"#,
            {
                $0.samplers = [.topK]
                $0.topK = 3
            }
        ),
        (#""samplers":[]"#, { $0.samplers = [] }),
        (
            #""presence_penalty":2,"frequency_penalty":-1,"temperature":4"#,
            {
                ($0.presencePenalty, $0.frequencyPenalty, $0.temperature) = (2, -1, 4)
            }
        ),
        (#""logit_bias":{"9":30,"12":31}"#, { $0.logitBias = [9: 30, 12: 31] }),
    ]

    @Test func fieldsAreTheLibrarysOptions() async throws {
        let server = try await TestServer().ready()
        let model = try await TestServer.tinyModel()
        var seen: Set<String> = [try await text(model, SamplingOptions(seed: 5))]
        for (json, set) in Self.fields {
            let body = #"{"prompt":"the license","max_tokens":24,"seed":5,"ignore_eos":true,"# + json + "}"
            let reply = try await server.post("/v1/completions", body).json()
            let found = try #require(reply["choices"]?.elements?.first?["text"]?.text, "\(json): \(reply)")
            var options = SamplingOptions(seed: 5)
            set(&options)
            #expect(try await text(model, options) == found, "\(json)")
            // And something else than without it, and than with the others.
            #expect(seen.insert(found).inserted, "\(json)")
        }
    }

    private func text(_ model: LanguageModel, _ sampling: SamplingOptions) async throws -> String {
        var text = ""
        let tokens = model.tokenizer.encode("the license", addSpecial: true, parseSpecial: true)
        let options = GenerationOptions(maxTokens: 24, sampling: sampling, ignoresEndOfText: true)
        for try await event in model.generate(tokens, options: options) { text += event.text }
        return text
    }

    /// A page finds there the default of every sampler, and the library has the same ones.
    @Test func propertiesShowEveryDefault() async throws {
        let server = try await TestServer().ready()
        let shown = try await server.get("/props").json()["default_generation_settings"]?["params"]
        let expected = #"""
            {"seed":-1,"temperature":0.8,"dynatemp_range":0.0,"dynatemp_exponent":1.0,"top_k":40,"top_p":0.95,"min_p":0.05,"top_n_sigma":-1.0,"typical_p":1.0,"xtc_probability":0.0,"xtc_threshold":0.1,"repeat_penalty":1.0,"repeat_last_n":64,"presence_penalty":0.0,"frequency_penalty":0.0,"dry_multiplier":0.0,"dry_base":1.75,"dry_allowed_length":2,"dry_penalty_last_n":64,"dry_sequence_breakers":["\n",":","\"","*"],"mirostat":0,"mirostat_tau":5.0,"mirostat_eta":0.1,"samplers":["penalties","dry","top_n_sigma","top_k","typ_p","top_p","min_p","xtc","temperature"]}
            """#
        #expect(shown == (try JSONValue(Array(expected.utf8))))
    }
}
