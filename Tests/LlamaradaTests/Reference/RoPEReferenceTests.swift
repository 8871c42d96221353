import Foundation
import Llamarada
import TestSupport
import Testing

@Suite struct RoPEReferenceTests {
    /// Rotation as multiplication of complex numbers, written from the paper.
    @Test(arguments: [(2, 10_000.0), (8, 500_000.0), (64, 1_000_000.0)])
    func isComplexMultiplication(_ headDim: Int, _ base: Double) {
        let (heads, positions) = (3, [0, 1, 17, 4095])
        var random = RandomValues(seed: 3)
        let x = Matrix(rows: 4, columns: heads * headDim, values: random.array(4 * heads * headDim))
        let table = RoPETable(positionCount: 4096, dimensionCount: headDim, base: base)
        let result = Reference.rope(x, headDim: headDim, positions: positions, table: table)
        for (row, position) in positions.enumerated() {
            for column in stride(from: 0, to: x.columns, by: 2) {
                let exponent = Double(column % headDim) / Double(headDim)
                let angle = Double(position) / Foundation.pow(base, exponent)
                let (a, b) = (Double(x[row, column]), Double(x[row, column + 1]))
                let expected: [Double] = [a * cos(angle) - b * sin(angle), a * sin(angle) + b * cos(angle)]
                let found = [Double(result[row, column]), Double(result[row, column + 1])]
                #expect(abs(found[0] - expected[0]) < 2e-7)
                #expect(abs(found[1] - expected[1]) < 2e-7)
            }
        }
    }

    @Test func positionZeroChangesNothing() {
        let x = Matrix(rows: 1, columns: 4, values: [1, 2, 3, 4])
        let table = RoPETable(positionCount: 1, dimensionCount: 4, base: 10_000)
        #expect(Reference.rope(x, headDim: 4, positions: [0], table: table) == x)
    }

    @Test func dimensionsBeyondTheTablePass() {
        let x = Matrix(rows: 1, columns: 8, values: [1, 0, 7, 8, 0, 1, 5, 6])
        let table = RoPETable(positionCount: 2, dimensionCount: 2, base: 10_000)
        let result = Reference.rope(x, headDim: 4, positions: [1], table: table).values
        let (cosine, sine) = (Float(cos(1.0)), Float(sin(1.0)))
        #expect(result == [cosine, sine, 7, 8, -sine, cosine, 5, 6])
    }

    @Test func factorsAndScaleDivideTheAngle() {
        let table = RoPETable(positionCount: 9, dimensionCount: 4, base: 100, scale: 2, factors: [1, 8])
        // Pair 0: 8 / 2. Pair 1: 8 / 2 · 100^(-1/2) / 8.
        #expect(table.cosine(position: 8, pair: 0) == Float(cos(4.0)))
        #expect(table.sine(position: 8, pair: 1) == Float(sin(0.05)))
    }

    private struct YaRN: Sendable {
        var scaling: YaRNScaling
        var base: Double
        var dimensionCount: Int
        var magnitude: Double
        /// What transformers 4.46.3 multiplies the frequencies of every eighth of the pairs by.
        var multipliers: [Double]
    }

    private static let yarn = [
        YaRN(
            scaling: YaRNScaling(factor: 4, trainedContext: 2048), base: 1e4, dimensionCount: 64,
            magnitude: 1.138629436111989,
            multipliers: [1, 1, 1, 0.769231, 0.538462, 0.307692, 0.25, 0.25]),
        YaRN(
            scaling: YaRNScaling(factor: 4, trainedContext: 32_768, fastTurns: 16, slowTurns: 2), base: 1e6,
            dimensionCount: 128, magnitude: 1.138629436111989,
            multipliers: [1, 1, 1, 1, 0.590909, 0.25, 0.25, 0.25]),
        YaRN(
            scaling: YaRNScaling(
                factor: 32, trainedContext: 8192, attentionFactor: 1.5 / (1 + 0.1 * log(32))), base: 5e5,
            dimensionCount: 64, magnitude: 1.5,
            multipliers: [1, 1, 1, 0.677083, 0.246528, 0.03125, 0.03125, 0.03125]),
    ]

    @Test(arguments: yarn) private func stretchesAsYaRN(_ yarn: YaRN) {
        let found = yarn.scaling.multipliers(base: yarn.base, dimensionCount: yarn.dimensionCount)
        for (index, expected) in yarn.multipliers.enumerated() {
            #expect(abs(found[index * yarn.dimensionCount / 16] - expected) < 2e-6)
        }
        #expect(abs(yarn.scaling.magnitude - yarn.magnitude) < 1e-12)
        let table = RoPETable(
            positionCount: 3, dimensionCount: yarn.dimensionCount, base: yarn.base, yarn: yarn.scaling)
        for pair in [0, 5, yarn.dimensionCount / 2 - 1] {
            let angle = 2 * pow(yarn.base, -2 * Double(pair) / Double(yarn.dimensionCount)) * found[pair]
            #expect(abs(Double(table.cosine(position: 2, pair: pair)) - cos(angle) * yarn.magnitude) < 1e-7)
            #expect(abs(Double(table.sine(position: 2, pair: pair)) - sin(angle) * yarn.magnitude) < 1e-7)
        }
    }
}
