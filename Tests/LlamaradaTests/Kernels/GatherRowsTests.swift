import Llamarada
import LlamaradaLab
import Testing

@Suite struct GatherRowsTests {
    @Test(arguments: Checks.cases(of: "GatherRows")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
