import Foundation
import Llamarada
import LlamaradaLab
import Testing

@Suite struct LogitsDifferenceTests {
    private func difference(_ expected: [Float], _ actual: [Float]) -> LogitsDifference {
        var difference = LogitsDifference()
        difference.add(
            expected: Matrix(rows: 1, columns: expected.count, values: expected),
            actual: Matrix(rows: 1, columns: actual.count, values: actual), firstToken: 3)
        return difference
    }

    @Test func divergenceByHand() throws {
        // p = (3/4, 1/4), q = (1/2, 1/2): 3/4 ln(3/2) + 1/4 ln(1/2); a constant on all logits changes nothing.
        let found = difference([Float(log(3.0)) + 50, 50], [-20, -20])
        #expect(abs(found.meanDivergence - (0.75 * log(1.5) + 0.25 * log(0.5))) < 1e-6)
        #expect(found.positions.first?.token == 3)
        #expect(difference([1, 2, 3], [1, 2, 3]).maxDivergence == 0)
        #expect(difference([1, 2], [1, .nan]).maxDivergence == .infinity)
    }

    @Test func likeliestTokens() {
        let found = difference([9, 8, 7, 6, 5, 4, 3], [3, 8, 7, 6, 5, 9, 3])
        #expect(found.sameTopCount == 0)
        #expect(found.positions.first?.expectedTop == 0 && found.positions.first?.actualTop == 5)
        #expect(found.positions.first?.sharedOfTop5 == 4 && found.meanTop5Share == 0.8)
        // The lower index of equals, as argmax has it.
        #expect(difference([2, 5, 5], [2, 5, 5]).positions.first?.expectedTop == 1)
    }
}
