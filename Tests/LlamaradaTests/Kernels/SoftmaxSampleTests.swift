import Llamarada
import LlamaradaLab
import Testing

@Suite struct SoftmaxSampleTests {
    @Test(arguments: Checks.cases(of: "SoftmaxSample")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
