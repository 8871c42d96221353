import Llamarada
import LlamaradaLab
import Testing

@Suite struct RMSNormMatVecTests {
    @Test(arguments: Checks.represented(of: "RMSNormMatVec")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
