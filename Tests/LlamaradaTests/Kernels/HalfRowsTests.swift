import Llamarada
import LlamaradaLab
import Testing

@Suite struct HalfRowsTests {
    @Test(arguments: Checks.cases(of: "HalfRows")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }

    @Test func scalesByPowersOfTwo() {
        let x = Matrix(rows: 2, columns: 3, values: [3e38, 1, -70_000, 0x1p-40, -0x1.ffcp-41, 0])
        // 1 is below the smallest f16 where 3e38 is 28,896, a multiple of 16; 2⁻⁴¹ is not where 2⁻⁴⁰ is 2¹⁴.
        #expect(Reference.halfRows(x).values == [28_896 * 0x1p113, 0, 0, 0x1p-40, -0x1.ffcp-41, 0])
    }
}
