import Foundation
import Llamarada
import LlamaradaTensors
import TestSupport
import Testing

/// An answer is the same alone and in any company.
@Suite struct CompanyTests {
    private func body(_ index: Int) -> String {
        var random = RandomSource(seed: UInt64(index))
        let prompt = (0..<Int.random(in: 1...60, using: &random)).map { _ in Int.random(in: 3..<300, using: &random) }
        return "{\"prompt\":\(prompt),\"max_tokens\":\(index % 9 + 1),\"seed\":\(index),\"temperature\":\(index % 3),"
            + "\"ignore_eos\":true,\"logprobs\":2,\"echo\":\(index % 4 == 0)}"
    }

    /// The choices of a reply; what they took of the cache depends on who came before.
    private func choices(_ server: TestServer, _ index: Int) async throws -> JSONValue? {
        try await server.post("/v1/completions", body(index)).json()["choices"]
    }

    @Test func manyAtOnceWithSomeWhoLeave() async throws {
        let server = try await TestServer().ready()
        var alone: [JSONValue?] = []
        for index in 0..<16 { alone.append(try await choices(server, index)) }
        #expect(Set(alone.compactMap { $0?.encoded }).count == 16)
        let together = try await withThrowingTaskGroup(of: (Int, JSONValue?).self) { group in
            for index in 0..<48 {
                group.addTask {
                    guard index % 3 == 2 else { return (index % 16, try await choices(server, index % 16)) }
                    // Asks and leaves.
                    try await server.exchange { try $0.request("POST", "/v1/completions", body(index)) }
                    return (-1, nil)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for (index, answer) in together where index >= 0 { #expect(answer == alone[index], "\(index)") }
    }
}
