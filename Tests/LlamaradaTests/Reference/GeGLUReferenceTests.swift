import Foundation
import Llamarada
import Testing

@Suite struct GeGLUReferenceTests {
    @Test func geGLUByItsFormula() {
        let gate: [Float] = [0, 1, -1, 3, -3, 100]
        let result = Reference.geGLU(
            gate: Matrix(rows: 2, columns: 3, values: gate),
            up: Matrix(rows: 2, columns: 3, values: [5, 2, 2, 1, -1, 1]))
        for (index, found) in result.values.enumerated() {
            let (x, up) = (Double(gate[index]), [5.0, 2, 2, 1, -1, 1][index])
            let expected = x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * pow(x, 3)))) * up
            #expect(abs(Double(found) - expected) <= 1e-7 * abs(expected))
        }
        // gelu(1) by torch.nn.functional.gelu(x, approximate="tanh").
        #expect(abs(result.values[1] / 2 - 0.841192) < 1e-6)
    }

    @Test func farBelowZeroItVanishes() {
        let result = Reference.geGLU(
            gate: Matrix(rows: 1, columns: 3, values: [-20, -1e5, -3e38]),
            up: Matrix(rows: 1, columns: 3, values: [1, 7e5, 3e38]))
        #expect(result.values.allSatisfy { $0 == 0 })
    }
}
