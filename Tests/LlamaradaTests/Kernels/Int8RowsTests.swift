import Llamarada
import LlamaradaLab
import Testing

@Suite struct Int8RowsTests {
    @Test(arguments: Checks.cases(of: "Int8Rows")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }

    /// A unit has 11 bits, so 127 of it may be a little more or less than the largest value.
    @Test func roundsToMultiplesOfAUnit() {
        let block = Int8Block([127, -254, 1.9, 0.99, -3.1])
        #expect(block.unit == 2 && block.quants == [64, -127, 1, 0, -2])
        let third = Int8Block([1, -0.25])
        #expect(abs(third.unit * 127 - 1) < 0x1p-11 && third.quants == [127, -32])
        #expect(Int8Block([0x1p-110, 0]).quants == [0, 0])
        #expect(Int8Block([1, .infinity]).unit.isNaN)
    }
}
