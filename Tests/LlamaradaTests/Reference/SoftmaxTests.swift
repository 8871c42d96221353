import Foundation
import Llamarada
import Testing

@Suite struct SoftmaxTests {
    @Test func probabilities() {
        let logits = [0, Float(log(2.0)), Float(log(5.0))]
        for (found, expected) in zip(Reference.softmax(logits), [0.125, 0.25, 0.625]) {
            #expect(abs(found - expected) < 1e-7)
        }
        // Temperature 1/2 squares the ratios: 1, 4, 25.
        for (found, expected) in zip(Reference.softmax(logits, temperature: 0.5), [1.0, 4.0, 25.0]) {
            #expect(abs(found - expected / 30) < 1e-7)
        }
    }

    @Test func extremes() {
        #expect(Reference.softmax([1e30, 0, .nan, -.infinity]) == [1, 0, 0, 0])
        #expect(Reference.softmax([0, .infinity, .infinity]) == [0, 0.5, 0.5])
        #expect(Reference.softmax([.nan, .nan]) == [1, 0])
        #expect(Reference.softmax([-.infinity]) == [1])
    }

    @Test func logProbability() {
        let logits = [0, Float(log(3.0))]
        #expect(abs(Reference.logProbability(logits, of: 1) - log(0.75)) < 1e-7)
        #expect(abs(Reference.logProbability([1000, 999], of: 1) - (-1 - log(1 + exp(-1.0)))) < 1e-12)
    }
}
