import Foundation
import Llamarada
import LlamaradaThreads
import TestSupport
import Testing

@Suite struct AttentionReferenceTests {
    @Test func handComputed() {
        // One head of 4, so the scale is 1/2: scores 0 and ln 3, weights 1/4 and 3/4.
        let q = Matrix(rows: 1, columns: 4, values: [2, 0, 0, 0])
        let keys: [Float] = [0, 9, 9, 9, Float(log(3.0)), 9, 9, 9]
        let values: [Float] = [4, 0, 8, -4, 0, 4, 8, 4]
        let result = Reference.attention(q, keys: keys, values: values, headDim: 4, kvHeadCount: 1, positions: [1])
        for (found, expected) in zip(result.values, [1, 3, 8, 2] as [Float]) { #expect(abs(found - expected) < 1e-6) }
    }

    @Test func firstPositionSeesOnlyItself() {
        let q = Matrix(rows: 1, columns: 2, values: [1, 1])
        let result = Reference.attention(
            q, keys: [1, 1, 100, 100], values: [3, 4, 5, 6], headDim: 2, kvHeadCount: 1, positions: [0])
        #expect(result.values == [3, 4])
    }

    @Test func aWindowIsTheLastPositions() {
        // Equal scores: the mean of what is seen.
        let q = Matrix(rows: 3, columns: 2, values: [0, 0, 0, 0, 0, 0])
        let keys = [Float](repeating: 1, count: 8)
        let values: [Float] = [1, 10, 2, 20, 4, 40, 8, 80]
        let result = Reference.attention(
            q, keys: keys, values: values, headDim: 2, kvHeadCount: 1, window: 2, positions: [0, 1, 3])
        #expect(result.values == [1, 10, 1.5, 15, 6, 60])
    }

    @Test func scoresAreScaled() {
        let q = Matrix(rows: 1, columns: 2, values: [1, 0])
        let result = Reference.attention(
            q, keys: [0, 0, Float(log(3.0)) / 2, 0], values: [4, 0, 8, 4], headDim: 2, kvHeadCount: 1, scale: 2,
            positions: [1])
        #expect(abs(result.values[0] - 7) < 1e-6 && abs(result.values[1] - 3) < 1e-6)
    }

    @Test func largeScoresStayFinite() {
        let q = Matrix(rows: 1, columns: 2, values: [3e4, 0])
        let result = Reference.attention(
            q, keys: [-3e4, 0, 3e4, 0], values: [1, 1, 2, 5], headDim: 2, kvHeadCount: 1, positions: [1])
        #expect(result.values == [2, 5])
    }

    /// Without the subtraction of the maximum, indexed (position, head, element), mask by skipping.
    @Test(arguments: [(1, 1, 1), (4, 2, 3), (6, 6, 10), (9, 3, 64)], [1, 2, 5])
    func groupedQueries(_ shape: (heads: Int, kvHeads: Int, headDim: Int), threads: Int) {
        let (heads, kvHeads, headDim) = shape
        let (cached, positions) = (37, [0, 5, 30, 36])
        var random = RandomValues(seed: UInt64(heads))
        let q = random.array(positions.count * heads * headDim)
        let k = random.array(cached * kvHeads * headDim)
        let v = random.array(cached * kvHeads * headDim)
        let result = Reference.attention(
            Matrix(rows: positions.count, columns: heads * headDim, values: q), keys: k, values: v, headDim: headDim,
            kvHeadCount: kvHeads, positions: positions, workers: Workers(threads))
        for (token, last) in positions.enumerated() {
            for head in 0..<heads {
                let group = head * kvHeads / heads
                var weights: [Double] = []
                for position in 0...last {
                    var score = 0.0
                    for i in 0..<headDim {
                        score +=
                            Double(q[(token * heads + head) * headDim + i])
                            * Double(k[(position * kvHeads + group) * headDim + i])
                    }
                    weights.append(exp(score / Double(headDim).squareRoot()))
                }
                let sum = weights.reduce(0, +)
                for i in 0..<headDim {
                    var expected = 0.0
                    for position in 0...last {
                        expected += weights[position] / sum * Double(v[(position * kvHeads + group) * headDim + i])
                    }
                    #expect(abs(Double(result[token, head * headDim + i]) - expected) < 1e-6)
                }
            }
        }
    }
}
