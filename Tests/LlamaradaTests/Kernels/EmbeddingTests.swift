import Llamarada
import LlamaradaLab
import Testing

@Suite struct EmbeddingTests {
    @Test(arguments: Checks.represented(of: "Embedding")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
