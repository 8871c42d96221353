import Llamarada
import LlamaradaLab
import Testing

@Suite struct GeGLUTests {
    @Test(arguments: Checks.cases(of: "GeGLU")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
