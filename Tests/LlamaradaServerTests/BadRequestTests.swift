import Foundation
import Llamarada
import LlamaradaServerSettings
import LlamaradaTensors
import TestSupport
import Testing

/// What is wrong gets a status of 4xx, OpenAI's shape and the parameter's name; nothing ends the server.
@Suite struct BadRequestTests {
    private static let completions: [(body: String, parameter: String?)] = [
        (#"{}"#, "prompt"), (#"{"prompt":3}"#, "prompt"), (#"{"prompt":[]}"#, "prompt"),
        (#"{"prompt":[1,"a"]}"#, "prompt"), (#"{"prompt":["a",1]}"#, "prompt"), (#"{"prompt":[99999999]}"#, "prompt"),
        (#"{"prompt":[-1]}"#, "prompt"), (#"{"prompt":[[1],[]]}"#, "prompt"), (#"{"prompt":[1.5]}"#, "prompt"),
        (#"{"prompt":"a","n":0}"#, "n"), (#"{"prompt":"a","n":129}"#, "n"), (#"{"prompt":["a","b"],"n":65}"#, "n"),
        (#"{"prompt":"a","n":9223372036854775807}"#, "n"),
        (#"{"prompt":"a","seed":-9223372036854775809}"#, "seed"), (#"{"prompt":"a","max_tokens":-1}"#, "max_tokens"),
        (#"{"prompt":"a","max_tokens":1e300}"#, "max_tokens"), (#"{"prompt":"a","max_tokens":"1"}"#, "max_tokens"),
        (#"{"prompt":"a","temperature":-1}"#, "temperature"), (#"{"prompt":"a","temperature":1e39}"#, "temperature"),
        (#"{"prompt":"a","top_p":1.1}"#, "top_p"), (#"{"prompt":"a","top_k":-2}"#, "top_k"),
        (#"{"prompt":"a","lookup":-1}"#, "lookup"), (#"{"prompt":"a","lookup":32}"#, "lookup"),
        (#"{"prompt":"a","lookup":true}"#, "lookup"), (#"{"prompt":"a","min_p":true}"#, "min_p"),
        (#"{"prompt":"a","stream":1}"#, "stream"),
        (#"{"prompt":"a","stop":[1]}"#, "stop"), (#"{"prompt":"a","logprobs":101}"#, "logprobs"),
        (#"{"prompt":"a","logit_bias":{"x":1}}"#, "logit_bias"), (#"{"prompt":"a","logit_bias":[1]}"#, "logit_bias"),
        (#"{"prompt":"a","logit_bias":{"1":101}}"#, "logit_bias"), (#"{"prompt":"a","suffix":"b"}"#, "suffix"),
        (#"{"prompt":"a","typical_p":1.1}"#, "typical_p"), (#"{"prompt":"a","top_n_sigma":"1"}"#, "top_n_sigma"),
        (#"{"prompt":"a","xtc_probability":-1}"#, "xtc_probability"),
        (#"{"prompt":"a","xtc_threshold":2}"#, "xtc_threshold"),
        (#"{"prompt":"a","dynatemp_range":-1}"#, "dynatemp_range"),
        (#"{"prompt":"a","dynatemp_exponent":-1}"#, "dynatemp_exponent"),
        (#"{"prompt":"a","mirostat":3}"#, "mirostat"), (#"{"prompt":"a","mirostat_tau":-1}"#, "mirostat_tau"),
        (#"{"prompt":"a","mirostat_eta":1e9}"#, "mirostat_eta"),
        (#"{"prompt":"a","dry_multiplier":-1}"#, "dry_multiplier"), (#"{"prompt":"a","dry_base":0.5}"#, "dry_base"),
        (#"{"prompt":"a","dry_allowed_length":-1}"#, "dry_allowed_length"),
        (#"{"prompt":"a","dry_penalty_last_n":-2}"#, "dry_penalty_last_n"),
        (#"{"prompt":"a","dry_sequence_breakers":[""]}"#, "dry_sequence_breakers"),
        (#"{"prompt":"a","dry_sequence_breakers":[1]}"#, "dry_sequence_breakers"),
        (#"{"prompt":"a","samplers":["top_k","infill"]}"#, "samplers"),
        (#"{"prompt":"a","samplers":["top_k","top_k"]}"#, "samplers"), (#"{"prompt":"a","samplers":"kq"}"#, "samplers"),
        (#"{"prompt":"a","samplers":1}"#, "samplers"),
        (#"{"prompt":"a","best_of":2}"#, "best_of"), (#"{"prompt":"a","stream_options":1}"#, "stream_options"),
        (#"{"prompt":"a","response_format":{"type":"json"}}"#, "response_format"),
        (#"{"prompt":"a","grammar":"root ::= x"}"#, "grammar"), (#"[]"#, nil), (#"{"#, nil), ("", nil), ("nul", nil),
        (#"{"prompt":"a","prompt":"b"}"#, nil), (String(repeating: "[", count: 100_000), nil),
        (#"{"prompt":"\ud800"}"#, nil),
    ]

    @Test func namesTheParameter() async throws {
        let server = try await TestServer().ready()
        for (body, parameter) in Self.completions {
            let reply = try await server.post("/v1/completions", body)
            #expect(reply.status == 400, "\(body.prefix(60)): \(reply.status)")
            let error = try #require(try reply.json()["error"])
            #expect(error["param"] == parameter.map(JSONValue.string) ?? .null, "\(body.prefix(60)): \(error)")
            #expect(error["message"]?.text?.isEmpty == false && error["type"]?.text == "invalid_request_error")
        }
        #expect(try await server.get("/health").status == 200)
    }

    @Test func aPromptThatIsTooLongSaysHowLong() async throws {
        let server = try await TestServer().ready()
        let tokens = Array(repeating: 5, count: 129)
        let reply = try await server.post("/v1/completions", "{\"prompt\":\(tokens)}")
        #expect(reply.status == 400)
        #expect(reply.body.contains("129 tokens, the context holds 128"))
        #expect(try reply.json()["error"]?["code"]?.text == "context_length_exceeded")
        let endless = String(repeating: "x", count: 1 << 20)
        #expect(try await server.post("/v1/completions", "{\"prompt\":\"\(endless)\"}").status == 400)
        let full = Array(repeating: 5, count: 128)
        #expect(try await server.post("/v1/completions", "{\"prompt\":\(full),\"max_tokens\":5}").status == 200)
    }

    @Test func pathsAndMethods() async throws {
        let server = try await TestServer().ready()
        #expect(try await server.get("/nothing").status == 404)
        #expect(try await server.get("/v1/completions").status == 405)
        #expect(try await server.post("/v1/models", "{}").status == 405)
        #expect(try await server.get("/v1/models?x=%00%ff").status == 200)
        let head = try await server.exchange { connection in
            try connection.request("HEAD", "/health")
            let head = try connection.reply(toHead: true)
            // Nothing follows, so the connection is as good as new.
            try connection.request("GET", "/health")
            return (head, try connection.reply())
        }
        #expect(head.0.status == 200 && head.0.body.isEmpty && head.1.status == 200)
    }

    @Test func limitsOnBytesAndTime() async throws {
        let server = try await TestServer {
            $0.limits.bodyBytes = 1000
            $0.limits.arrivalSeconds = 0.3
        }.ready()
        let body = String(repeating: " ", count: 1001)
        #expect(try await server.post("/tokenize", body).status == 413)
        let chunked = try await server.exchange { connection in
            try connection.send(
                "POST /tokenize HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n\(body)\r\n")
            return try connection.reply().status
        }
        #expect(chunked == 413)
        let slow = try await server.exchange { connection in
            try connection.send("POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
            return try connection.reply().status
        }
        #expect(slow == 408)
        // A connection that says nothing is closed.
        #expect(try await server.exchange { try $0.receive() }.isEmpty)
    }

    @Test func noiseEndsNothing() async throws {
        let server = try await TestServer().ready()
        var random = RandomSource(seed: 9)
        let start = Array(
            #"POST /v1/completions HTTP/1.1\#r\#nHost: localhost\#r\#nContent-Length: 40\#r\#n\#r\#n{"prompt":"#.utf8)
        for _ in 0..<40 {
            var bytes = start + (0..<60).map { _ in UInt8.random(in: 0...255, using: &random) }
            for _ in 0..<3 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...127, using: &random)
            }
            let noise = String(decoding: bytes, as: UTF8.self)
            let status = try await server.exchange { connection in
                try connection.send(noise)
                try connection.finish()
                return (try? connection.reply().status) ?? 0
            }
            #expect(status < 500, "\(noise.debugDescription)")
        }
        #expect(try await server.get("/health").status == 200)
    }
}
