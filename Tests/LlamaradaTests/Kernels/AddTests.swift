import Llamarada
import LlamaradaLab
import Testing

@Suite struct AddTests {
    @Test(arguments: Checks.cases(of: "Add")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
