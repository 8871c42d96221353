import Llamarada
import LlamaradaLab
import Testing

@Suite struct RepeatPenaltyTests {
    @Test(arguments: Checks.cases(of: "RepeatPenalty")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
