import Llamarada
import LlamaradaLab
import Testing

@Suite struct SwiGLUTests {
    @Test(arguments: Checks.cases(of: "SwiGLU")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
