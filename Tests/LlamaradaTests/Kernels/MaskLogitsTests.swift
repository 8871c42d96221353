import Llamarada
import LlamaradaLab
import Testing

@Suite struct MaskLogitsTests {
    @Test(arguments: Checks.cases(of: "MaskLogits")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
