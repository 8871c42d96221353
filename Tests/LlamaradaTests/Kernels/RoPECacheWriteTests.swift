import Llamarada
import LlamaradaLab
import Testing

@Suite struct RoPECacheWriteTests {
    @Test(arguments: Checks.cases(of: "RoPECacheWrite")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
