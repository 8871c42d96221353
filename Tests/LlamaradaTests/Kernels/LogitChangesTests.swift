import Llamarada
import LlamaradaLab
import Testing

@Suite struct LogitChangesTests {
    @Test(arguments: Checks.cases(of: "LogitChanges")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
