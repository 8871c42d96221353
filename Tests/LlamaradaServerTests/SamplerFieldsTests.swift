import Llamarada
import LlamaradaServer
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

    // MARK: The description

    private static let alsoRead = [
        #""typ_p":0.5"#, #""samplers":["temp","top-k"]"#, #""samplers":"kpt""#, #""samplers":null"#,
        #""dry_sequence_breakers":"x""#, #""dry_sequence_breakers":["x","x"]"#, #""dry_sequence_breakers":[]"#,
        "\"dry_sequence_breakers\":[\"\(String(repeating: "x", count: 40))\"]",
        #""stop":null"#, #""stop":"""#, #""stop":["qq",""]"#, #""repeat_penalty":0.01"#, #""repetition_penalty":1.5"#,
        #""logit_bias":{}"#, #""logit_bias":{"7":-100}"#, #""stream_options":{"include_usage":null}"#,
    ]
    private static let refused = [
        #""typ_p":1.5"#, #""samplers":["no"]"#, #""samplers":"kq""#, #""samplers":["xtc","xtc"]"#, #""samplers":3"#,
        #""dry_sequence_breakers":[""]"#, #""dry_sequence_breakers":[3]"#, #""mirostat":3"#, #""mirostat":1.5"#,
        "\"dry_sequence_breakers\":\"\(String(repeating: "x", count: 41))\"",
        #""stop":7"#, #""stop":[7]"#, "\"stop\":\"\(String(repeating: "x", count: 4097))\"", #""repeat_penalty":0"#,
        #""repetition_penalty":101"#, #""logit_bias":{"a":1}"#, #""logit_bias":{"7":101}"#, #""logit_bias":[7]"#,
        #""stream_options":{"include_usage":1}"#,
    ]

    /// `/openapi.json` allows what the server reads, and no other.
    @Test func theDescriptionAllowsWhatIsRead() async throws {
        let server = try await TestServer().ready()
        let path = OpenAPIEndpoint.document(ServerSettings())["paths"]?["/v1/completions"]?["post"]
        let content = try #require(path?["requestBody"]?["content"]?["application/json"]?["schema"])
        let properties = try #require(content["properties"])
        for (isRead, list) in [(true, Self.fields.map(\.json) + Self.alsoRead), (false, Self.refused)] {
            for json in list {
                let members = try #require(JSONValue(Array("{\(json)}".utf8)).members)
                let isAllowed = members.allSatisfy { member in
                    properties[member.name].map { Self.allows($0, member.value) } ?? true
                }
                #expect(isAllowed == isRead, "\(json)")
                let reply = try await server.post("/v1/completions", #"{"prompt":"the","max_tokens":1,"# + json + "}")
                #expect(reply.status == (isRead ? 200 : 400), "\(json)")
            }
        }
    }

    /// The few words of JSON Schema in which these fields are described.
    private static func allows(_ schema: JSONValue, _ value: JSONValue) -> Bool {
        schema.members?.allSatisfy { word in
            let (limit, count) = (word.value.double ?? .nan, Double(value.elements?.count ?? 0))
            let length = Double(value.text?.unicodeScalars.count ?? 0)
            return switch word.name {
            case "type": (word.value.elements ?? [word.value]).contains { isOf($0.text ?? "", value) }
            case "enum": word.value.elements?.contains(value) ?? false
            case "anyOf": word.value.elements?.contains { allows($0, value) } ?? false
            case "minimum": value.double.map { $0 >= limit } ?? true
            case "maximum": value.double.map { $0 <= limit } ?? true
            case "minLength": value.text == nil || length >= limit
            case "maxLength": value.text == nil || length <= limit
            case "properties":
                value.members?.allSatisfy { member in
                    word.value[member.name].map { allows($0, member.value) } ?? true
                } ?? true
            case "propertyNames": value.members?.allSatisfy { allows(word.value, .string($0.name)) } ?? true
            case "additionalProperties": value.members?.allSatisfy { allows(word.value, $0.value) } ?? true
            case "maxProperties": Double(value.members?.count ?? 0) <= limit
            case "maxItems": count <= limit
            case "items": value.elements?.allSatisfy { allows(word.value, $0) } ?? true
            case "uniqueItems": value.elements.map { Set($0.map(\.encoded)).count == $0.count } ?? true
            case "pattern": matches(value.text ?? "", word.value.text ?? "")
            default: false
            }
        } ?? false
    }

    private static func matches(_ text: String, _ pattern: String) -> Bool {
        (try? Regex(pattern)).map { text.contains($0) } ?? false
    }

    private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch value {
        case .null: type == "null"
        case .bool: type == "boolean"
        case .integer: type == "integer" || type == "number"
        case .number: type == "number"
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }

    /// A page finds there the default of every sampler, and the library has the same ones.
    @Test func propertiesShowEveryDefault() async throws {
        let server = try await TestServer().ready()
        let shown = try await server.get("/props").json()["default_generation_settings"]?["params"]
        let expected = #"""
            {"seed":-1,"temperature":0.8,"dynatemp_range":0.0,"dynatemp_exponent":1.0,"top_k":40,"top_p":0.95,"min_p":0.05,"top_n_sigma":-1.0,"typical_p":1.0,"xtc_probability":0.0,"xtc_threshold":0.1,"repeat_penalty":1.0,"repeat_last_n":64,"presence_penalty":0.0,"frequency_penalty":0.0,"logit_bias":{},"dry_multiplier":0.0,"dry_base":1.75,"dry_allowed_length":2,"dry_penalty_last_n":64,"dry_sequence_breakers":["\n",":","\"","*"],"mirostat":0,"mirostat_tau":5.0,"mirostat_eta":0.1,"samplers":["penalties","dry","top_n_sigma","top_k","typ_p","top_p","min_p","xtc","temperature"],"lookup":0}
            """#
        #expect(shown == (try JSONValue(Array(expected.utf8))))
    }
}
