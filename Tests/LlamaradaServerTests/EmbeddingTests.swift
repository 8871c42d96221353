import Foundation
import Llamarada
import LlamaradaTensors
import LlamaradaText
import Testing

/// `/v1/embeddings` gives the mean of the final norm.
@Suite struct EmbeddingTests {
    private func vectors(_ reply: Connection.Reply) throws -> [[Double]] {
        try #require(try reply.json()["data"]?.elements).map { item in
            try #require(item["embedding"]?.elements).compactMap(\.double)
        }
    }

    @Test func isTheLibrarysAndOfLengthOne() async throws {
        let server = try await TestServer().ready()
        let model = try await TestServer.tinyModel()
        let reply = try await server.post("/v1/embeddings", #"{"input":["the license","of this work","the license"]}"#)
        let found = try vectors(reply)
        #expect(found.count == 3 && found[0] == found[2] && found[0] != found[1])
        let tokens = model.tokenizer.encode("the license", addSpecial: true, parseSpecial: true)
        let expected = try await model.embed(tokens)
        #expect(found[0] == expected.map { Double("\($0)") ?? Double($0) } || found[0] == expected.map(Double.init))
        for vector in found { #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5) }
        #expect(try reply.json()["usage"]?["prompt_tokens"]?.integer ?? 0 > tokens.count)
    }

    @Test func base64HasTheSameNumbers() async throws {
        let server = try await TestServer().ready()
        let plain = try vectors(try await server.post("/v1/embeddings", #"{"input":[5,6,7]}"#))[0]
        let coded = try await server.post("/v1/embeddings", #"{"input":[[5,6,7]],"encoding_format":"base64"}"#).json()
        let text = try #require(coded["data"]?.elements?.first?["embedding"]?.text)
        let bytes = [UInt8](try #require(Data(base64Encoded: text)))
        let numbers = stride(from: 0, to: bytes.count, by: 4).map { at in
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) })
        }
        #expect(numbers.map(Double.init) == plain)
    }

    @Test func wrongFieldsAreNamed() async throws {
        let server = try await TestServer().ready()
        for (body, parameter) in [
            ("{}", "input"), (#"{"input":[]}"#, "input"), (#"{"input":[99999]}"#, "input"),
            (#"{"input":"a","encoding_format":"int8"}"#, "encoding_format"),
            (#"{"input":"a","dimensions":3}"#, "dimensions"),
        ] {
            let error = try await server.post("/v1/embeddings", body).json()["error"]
            #expect(error?["param"]?.text == parameter, "\(body)")
        }
    }
}
