import Foundation
import Llamarada
import Testing

@Suite struct SwiGLUReferenceTests {
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
}
