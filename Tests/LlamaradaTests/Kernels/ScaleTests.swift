import Llamarada
import LlamaradaLab
import Testing

@Suite struct ScaleTests {
    @Test(arguments: Checks.cases(of: "Scale")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
