import Llamarada
import Testing

@Suite struct MatVecTests {
    @Test(arguments: Checks.cases(of: "MatVec")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
