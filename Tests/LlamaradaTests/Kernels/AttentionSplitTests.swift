import Llamarada
import LlamaradaLab
import Testing

@Suite struct AttentionSplitTests {
    @Test(arguments: Checks.cases(of: "AttentionSplit")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
