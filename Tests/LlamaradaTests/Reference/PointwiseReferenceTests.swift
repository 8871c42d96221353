import Foundation
import Llamarada
import LlamaradaTensors
import Testing

@Suite struct PointwiseReferenceTests {
    @Test func embeddingGathersRows() throws {
        let table = Matrix(rows: 3, columns: 2, values: [1, 2, 3, 4, 5, 6])
        #expect(try Reference.embedding([2, 0, 2], table).values == [5, 6, 1, 2, 5, 6])
        // BF16: the upper halves of 1, -2, 0.5 and 3.
        let half = QuantizedRows(
            rows: 2, columns: 2, elementType: .bf16, bytes: [0x80, 0x3F, 0x00, 0xC0, 0x00, 0x3F, 0x40, 0x40])
        #expect(try Reference.embedding([1, 0], half).values == [0.5, 3, 1, -2])
    }

    @Test func rmsNormOfThreeAndFour() {
        // The mean of 9 and 16 is 12.5; with epsilon 3.5 the root is 4.
        let x = Matrix(rows: 2, columns: 2, values: [3, 4, 0, 0])
        #expect(Reference.rmsNorm(x, weight: [1, 2], epsilon: 3.5).values == [0.75, 2, 0, 0])
    }

    @Test func rmsNormOfLargeActivations() {
        let x = Matrix(rows: 1, columns: 4, values: [7e5, -7e5, 7e5, -7e5])
        #expect(Reference.rmsNorm(x, weight: [1, 1, 1, 1], epsilon: 1e-5).values == [1, -1, 1, -1])
    }

    @Test func swiGLUByItsFormula() {
        let gate: [Float] = [0, 1, -1, 100, -100, -1000]
        let result = Reference.swiGLU(
            gate: Matrix(rows: 2, columns: 3, values: gate),
            up: Matrix(rows: 2, columns: 3, values: [5, 2, 2, 1, 1, 1]))
        // silu(1) = 0.7310585786300049, silu(-1) = silu(1) - 1
        let expected: [Double] = [0, 1.4621171572600098, -0.5378828427399902, 100, -100 / (1 + exp(100.0)), 0]
        for (found, expected) in zip(result.values, expected) {
            #expect(abs(Double(found) - expected) <= 1e-7 * abs(expected) + 1e-44)
        }
    }

    @Test func add() {
        let a = Matrix(rows: 2, columns: 1, values: [1, 0.25])
        #expect(Reference.add(a, Matrix(rows: 2, columns: 1, values: [-3, 0.5])).values == [-2, 0.75])
    }

    @Test func cacheWriteRoundsAndReplaces() {
        var cache: [Float] = []
        // 1 + 2⁻¹² lies closer to 1 than to the next f16; 1 + 3·2⁻¹² closer to 1 + 2⁻¹⁰.
        let exact: [Float] = [1 + 0x1p-12, 1 + 0x3p-12, -70_000, 0x1p-25]
        let rounded: [Float] = [1, 1 + 0x1p-10, -.infinity, 0]
        let x = Matrix(rows: 2, columns: 2, values: exact)
        Reference.cacheWrite(x, into: &cache, at: 0, type: .f16)
        #expect(cache == rounded)
        Reference.cacheWrite(x, into: &cache, at: 1, type: .f32)
        #expect(cache == rounded[..<2] + exact)
        Reference.cacheWrite(x.lastRow, into: &cache, at: 0, type: .f32)
        #expect(cache == exact[2...] + exact)
    }
}
