import Llamarada
import LlamaradaLab
import Testing

@Suite struct MatMulTests {
    @Test(arguments: Checks.represented(of: "MatMul")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
