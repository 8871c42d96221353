import Llamarada
import LlamaradaLab
import Testing

@Suite struct ArgmaxTests {
    @Test(arguments: Checks.cases(of: "Argmax")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
