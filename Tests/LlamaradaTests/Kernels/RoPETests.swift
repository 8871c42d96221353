import Llamarada
import LlamaradaLab
import Testing

@Suite struct RoPETests {
    @Test(arguments: Checks.cases(of: "RoPE")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
