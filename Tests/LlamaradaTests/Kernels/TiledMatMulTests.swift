import Llamarada
import LlamaradaLab
import Testing

@Suite struct TiledMatMulTests {
    @Test(arguments: Checks.represented(of: "TiledMatMul")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }
}
