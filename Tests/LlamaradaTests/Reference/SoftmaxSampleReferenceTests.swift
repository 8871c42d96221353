import Foundation
import Llamarada
import Testing

@Suite struct SoftmaxSampleReferenceTests {
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

    @Test(arguments: [(0.0, 1), (0.2499, 1), (0.25, 3), (0.7499, 3), (0.75, 4), (0.999_999, 4)])
    func drawInvertsTheDistribution(_ u: Double, _ expected: Int) {
        #expect(Reference.draw([0, 0.25, 0, 0.5, 0.25, 0], u: u) == expected)
    }

    @Test func drawSurvivesRounding() {
        // The probabilities sum to less than u: the last possible one is drawn.
        #expect(Reference.draw([0.3, 0.3, 0.3, 0], u: 0.95) == 2)
    }

    @Test func sampleAndLogProbability() {
        let logits = [0, Float(log(3.0))]
        #expect(Reference.softmaxSample(logits, u: 0.2499) == 0)
        #expect(Reference.softmaxSample(logits, u: 0.2501) == 1)
        #expect(abs(Reference.logProbability(logits, of: 1) - log(0.75)) < 1e-7)
        #expect(abs(Reference.logProbability([1000, 999], of: 1) - (-1 - log(1 + exp(-1.0)))) < 1e-12)
    }
}
