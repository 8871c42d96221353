import Foundation
import Llamarada
import LlamaradaLab
import LlamaradaText
import Testing

@Suite struct KLDivergenceTests {
    /// p = (1/2, 1/4, 1/4), q = (1/4, 1/4, 1/2): D = ½ ln 2 + 0 − ¼ ln 2 = ¼ ln 2; the likeliest differ.
    @Test func threeTokens() throws {
        let base = Matrix(rows: 1, columns: 3, values: [Float(log(2.0)), 0, 0])
        let model = Matrix(rows: 1, columns: 3, values: [3, 3, 3 + Float(log(2.0))])
        let found = try KLDivergence.positions(model, base: KLDivergence.compress(base), of: [0])
        #expect(abs(found[0].divergence - log(2.0) / 4) < 1e-5)
        #expect(abs(found[0].negativeLogLikelihood - log(4.0)) < 1e-6)
        #expect(abs(found[0].baseNegativeLogLikelihood - log(2.0)) < 1e-5)
        #expect(abs(found[0].probabilityDifference + 0.25) < 1e-5)
        #expect(!found[0].hasSameTop)
    }

    /// Over all tokens the terms sum to Σ p ln(p/q), because Σ(q − p) is nothing.
    @Test func termsSumToTheDivergence() {
        let (p, q) = ([0.7, 0.2, 0.1], [0.6, 0.1, 0.3])
        let sum = zip(p, q).reduce(0) { $0 + PositionDivergence.term(log($1.0), log($1.1)) }
        let plain = zip(p, q).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
        #expect(abs(sum - plain) < 1e-15)
        #expect(PositionDivergence.term(-1, -1) == 0)
        #expect(PositionDivergence.term(-.infinity, log(0.25)) == 0.25)
    }

    /// Random rows, wider than the 16 nats that 16 bits hold, against themselves and against the formula in f64.
    @Test func randomRows() throws {
        var random = RandomSource(seed: 7)
        func row(_ spread: Double) -> [Float] {
            (0..<4001).map { _ in Float(spread * (random.nextUnit() + random.nextUnit() + random.nextUnit() - 1.5)) }
        }
        let base = Matrix(rows: 3, columns: 4001, values: row(1) + row(8) + row(20))
        let noise = row(0.3) + row(0.3) + row(0.3)
        let model = Matrix(rows: 3, columns: 4001, values: zip(base.values, noise).map(+))
        let packed = try KLDivergence.compress(base)
        for same in try KLDivergence.positions(base, base: packed, of: [0, 1, 2]) {
            #expect(same.divergence >= 0 && same.divergence < 1e-7)
            #expect(same.hasSameTop)
            // Two token in 4001 may lie on the floor, where the base is only known from one side.
            #expect(same.negativeLogLikelihood >= same.baseNegativeLogLikelihood - 2e-4)
        }
        for (index, found) in try KLDivergence.positions(model, base: packed, of: [0, 1, 2]).enumerated() {
            let (p, q) = (Reference.softmax(base.row(index)), Reference.softmax(model.row(index)))
            let expected = zip(p, q).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
            // Each log-probability of the base is off by up to half a step of 16 nats / 65535, in either direction.
            let rounding = 1.3e-4 * p.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(abs(found.divergence - expected) < 1e-4 * expected + rounding)
        }
    }

    /// Equal logits have a scale of 0.
    @Test func aFlatRow() throws {
        let flat = Matrix(rows: 1, columns: 5, values: [2, 2, 2, 2, 2])
        let found = try KLDivergence.positions(flat, base: KLDivergence.compress(flat), of: [4])
        #expect(found[0].divergence < 1e-12)
        #expect(abs(found[0].baseNegativeLogLikelihood - log(5.0)) < 1e-6)
        #expect(found[0].hasSameTop)
    }

    /// q(token) = 1/2, 1/4 against p = 1/4, 1/4: Δp = 1/4, 0.
    @Test func summary() {
        var summary = DivergenceSummary()
        for (q, p, divergence, same) in [(0.5, 0.25, 0.3, true), (0.25, 0.25, 0.1, false)] {
            summary.add(
                PositionDivergence(
                    negativeLogLikelihood: -log(q), baseNegativeLogLikelihood: -log(p), divergence: divergence,
                    hasSameTop: same))
        }
        func expect(_ found: MeanEstimate, _ value: Double, _ uncertainty: Double, line: Int = #line) {
            #expect(abs(found.value - value) < 1e-12 && abs(found.uncertainty - uncertainty) < 1e-12, "line \(line)")
        }
        // Two values a and b have the standard error |a − b| / 2.
        let ratio = 0.5.squareRoot()
        expect(summary.perplexity, 8.0.squareRoot(), 8.0.squareRoot() * log(2.0) / 2)
        expect(summary.basePerplexity, 4, 0)
        expect(summary.logRatio, log(ratio), log(2.0) / 2)
        expect(summary.ratio, ratio, ratio * log(2.0) / 2)
        expect(summary.difference, 8.0.squareRoot() - 4, 8.0.squareRoot() * log(2.0) / 2)
        expect(summary.divergence, 0.2, 0.1)
        expect(summary.meanProbabilityDifference, 0.125, 0.125)
        // Δp² = 1/16, 0: mean 1/32, error 1/32; d√x = dx / 2√x.
        expect(summary.rmsProbabilityDifference, (1.0 / 32).squareRoot(), (1.0 / 32).squareRoot() / 2)
        expect(summary.sameTop, 0.5, 0.5)
    }
}
