import Llamarada
import LlamaradaLab
import Testing

@Suite struct QKNormRoPECacheWriteTests {
    @Test(arguments: Checks.cases(of: "QKNormRoPECacheWrite")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
