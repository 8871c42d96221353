import Llamarada
import LlamaradaLab
import Testing

@Suite struct AddBiasTests {
    @Test(arguments: Checks.cases(of: "AddBias")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
