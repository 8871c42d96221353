import Llamarada
import LlamaradaLab
import Testing

@Suite struct RMSNormTests {
    @Test(arguments: Checks.cases(of: "RMSNorm")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
