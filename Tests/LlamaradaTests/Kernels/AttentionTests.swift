import Llamarada
import LlamaradaLab
import Testing

@Suite struct AttentionTests {
    @Test(arguments: Checks.cases(of: "Attention")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
