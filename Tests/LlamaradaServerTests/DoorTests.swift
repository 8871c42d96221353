import HTTPTypes
import LlamaradaServer
import LlamaradaServerSettings
import LlamaradaTensors
import Testing

/// Who may come in.
@Suite struct DoorTests {
    /// Every endpoint there is, but the one that probes ask without a key.
    @Test func everyEndpointAsksForTheKey() async throws {
        let server = try await TestServer { $0.network.keys = ["first", "second"] }.ready()
        for endpoint in Endpoint.all where !endpoint.isOpen {
            for path in endpoint.paths {
                for wrong in [
                    [], ["Authorization: Bearer thir"], ["Authorization: Bearer firstfirst"], ["Authorization: first"],
                ] {
                    let reply =
                        endpoint.method == .get
                        ? try await server.get(path, fields: wrong) : try await server.post(path, "{}", fields: wrong)
                    #expect(reply.status == 401, "\(path) \(wrong)")
                    #expect(try reply.json()["error"]?["code"]?.text == "invalid_api_key")
                }
            }
        }
        #expect(try await server.get("/nothing").status == 401)
        let large = String(repeating: " ", count: 9 << 20)
        #expect(try await server.post("/v1/completions", large).status == 401)
        #expect(try await server.get("/health").status == 200)
        for key in ["first", "second"] {
            #expect(try await server.get("/v1/models", fields: ["Authorization: Bearer \(key)"]).status == 200)
        }
    }

    /// Keys share no prefix of the cache, so that the time of an answer tells nothing of what others asked.
    @Test func keysShareNothing() async throws {
        let server = try await TestServer { $0.network.keys = ["first", "second"] }.ready()
        let tokens = Array(10..<80)
        func cached(_ key: String) async throws -> Int? {
            let reply = try await server.post(
                "/v1/completions", "{\"prompt\":\(tokens),\"max_tokens\":1}",
                fields: ["Authorization: Bearer \(key)"])
            return try reply.json()["usage"]?["prompt_tokens_details"]?["cached_tokens"]?.integer
        }
        #expect(try await cached("first") == 0)
        #expect(try await cached("first") == 69)
        #expect(try await cached("second") == 0)
    }

    @Test func comparesWholeKeys() {
        #expect(SecretComparison.isEqual([1, 2], [1, 2]))
        for wrong: [UInt8] in [[], [1], [1, 3], [1, 2, 1], [1, 2, 1, 2]] {
            #expect(!SecretComparison.isEqual(wrong, [1, 2]), "\(wrong)")
        }
    }

    /// A page that points its own name at this machine gets nothing.
    @Test func namesOfOthersAreRefused() async throws {
        let server = try await TestServer { $0.network.names = ["friend.example"] }.ready()
        for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example"] {
            #expect(try await server.get("/v1/models", fields: ["Host: \(host)"]).status == 403, "\(host)")
        }
        for host in ["localhost:1", "127.0.0.1:1", "[::1]:1", "friend.example", "a.localhost"] {
            #expect(try await server.get("/v1/models", fields: ["Host: \(host)"]).status == 200, "\(host)")
        }
    }

    @Test func scriptsOfOtherPagesAreRefused() async throws {
        let closed = try await TestServer().ready()
        let origin = "Origin: https://page.example"
        #expect(try await closed.get("/v1/models", fields: [origin]).status == 403)
        #expect(
            try await closed.get("/v1/models", fields: ["Host: localhost:1", "Origin: http://localhost:1"]).status
                == 200)
        let open = try await TestServer { $0.network.origins = ["https://page.example"] }.ready()
        let reply = try await open.get("/v1/models", fields: [origin])
        #expect(reply.status == 200)
        #expect(reply.fields["access-control-allow-origin"] == "https://page.example")
        #expect(try await open.get("/v1/models", fields: ["Origin: https://other.example"]).status == 403)
    }
}
