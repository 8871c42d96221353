import Llamarada
import Testing

@Suite struct RMSNormReferenceTests {
    @Test func rmsNormOfThreeAndFour() {
        // The mean of 9 and 16 is 12.5; with epsilon 3.5 the root is 4.
        let x = Matrix(rows: 2, columns: 2, values: [3, 4, 0, 0])
        #expect(Reference.rmsNorm(x, weight: [1, 2], epsilon: 3.5).values == [0.75, 2, 0, 0])
    }

    @Test func rmsNormOfLargeActivations() {
        let x = Matrix(rows: 1, columns: 4, values: [7e5, -7e5, 7e5, -7e5])
        #expect(Reference.rmsNorm(x, weight: [1, 1, 1, 1], epsilon: 1e-5).values == [1, -1, 1, -1])
    }
}
