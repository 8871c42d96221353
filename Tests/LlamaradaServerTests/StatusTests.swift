import CoreMetrics
import Foundation
import Llamarada
import LlamaradaServer
import LlamaradaServerSettings
import LlamaradaTensors
import LlamaradaText
import Testing

/// What the server says of itself.
@Suite struct StatusTests {
    @Test func histogramsAreCumulative() {
        let registry = PrometheusRegistry(help: ["a_seconds": "A."], bounds: ["a_seconds": [1, 2]])
        let recorder = Recorder(
            label: "a_seconds", dimensions: [("kind", "x\"y\\z\n")], aggregate: true, factory: registry)
        for value in [0.5, 1, 1.5, 9] { recorder.record(value) }
        let label = #"kind="x\"y\\z\n""#
        #expect(
            registry.text == """
                # HELP a_seconds A.
                # TYPE a_seconds histogram
                a_seconds_bucket{\(label),le="1.0"} 2
                a_seconds_bucket{\(label),le="2.0"} 3
                a_seconds_bucket{\(label),le="+Inf"} 4
                a_seconds_sum{\(label)} 12
                a_seconds_count{\(label)} 4

                """)
    }

    @Test func answersAreCounted() async throws {
        let server = try await TestServer().ready()
        for _ in 0..<3 {
            _ = try await server.post("/v1/completions", #"{"prompt":"the","max_tokens":5,"ignore_eos":true}"#)
        }
        _ = try await server.get("/nothing")
        let page = try await server.get("/metrics").body
        for line in [
            "llamarada_answers_total{reason=\"length\"} 3", "llamarada_time_to_first_token_seconds_count 3",
            "llamarada_time_between_tokens_seconds_count 12", "llamarada_queue_seconds_count 3",
            "llamacpp:tokens_predicted_total 12",
            "llamarada_requests_total{endpoint=\"/v1/completions\",status=\"200\"} 3",
            "llamarada_requests_total{endpoint=\"other\",status=\"404\"} 1", "llamarada_sequences{state=\"running\"} 0",
        ] {
            #expect(page.contains("\n\(line)\n"), "\(line)")
        }
        #expect(page.contains("\nllamarada_cache_pages{state=\"used\"} 0\n"))
    }

    @Test func theModelAndItsSlots() async throws {
        let server = try await TestServer { $0.model.name = "my model" }.ready()
        let model = try await server.get("/v1/models").json()["data"]?.elements?.first
        #expect(model?["id"]?.text == "my model" && model?["meta"]?["n_ctx"]?.integer == 128)
        #expect(try await server.get("/slots").json().elements?.count == 4)
        #expect(try await server.get("/props").json()["total_slots"]?.integer == 4)
        #expect(try await server.get("/tokenizer_info").json()["eos_token"]?.text?.isEmpty == false)
    }

    @Test func tokensThereAndBack() async throws {
        // This one begins its texts with BOS.
        let server = try await TestServer(model: TestServer.model("f32")).ready()
        let model = try await TestServer.model("f32")()
        let plain = model.tokenizer.encode("the license", addSpecial: false, parseSpecial: true)
        let full = model.tokenizer.encode("the license", addSpecial: true, parseSpecial: true)
        #expect(full != plain)
        // llama.cpp's dialect adds nothing unasked, vLLM's does.
        for (body, expected) in [
            (#"{"content":"the license"}"#, plain), (#"{"content":"the license","add_special":true}"#, full),
            (#"{"prompt":"the license"}"#, full), (#"{"prompt":"the license","add_special_tokens":false}"#, plain),
        ] {
            let tokens = try await server.post("/tokenize", body).json()["tokens"]?.integers
            #expect(tokens == expected.map { Int($0) }, "\(body)")
        }
        #expect(try await server.post("/tokenize", #"{"content":null,"prompt":"a"}"#).status == 200)
        for body in [#"{"content":"a","prompt":1}"#, #"{"content":1,"prompt":"a"}"#, #"{"content":null}"#] {
            #expect(try await server.post("/tokenize", body).status == 400, "\(body)")
        }
        let text = try await server.post("/detokenize", "{\"tokens\":\(plain)}").json()
        #expect(text["content"]?.text == "the license" && text["prompt"]?.text == "the license")
        #expect(try await server.post("/detokenize", #"{"tokens":[99999]}"#).status == 400)
    }

    /// The page names every endpoint and no other.
    @Test func theOpenAPIPageIsWhole() {
        let paths = OpenAPIEndpoint.document(ServerSettings())["paths"]?.members ?? []
        #expect(Set(paths.map(\.name)) == Set(Endpoint.api.map { $0.paths[0] }))
    }
}
