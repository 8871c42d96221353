import Llamarada
import LlamaradaLab
import Testing

@Suite struct CacheWriteTests {
    @Test(arguments: Checks.cases(of: "CacheWrite")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
