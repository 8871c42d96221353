import Llamarada
import LlamaradaLab
import Testing

@Suite struct MomentsTests {
    /// 1, 2, 3, 6: mean 3, squares 4 + 1 + 0 + 9 = 14, so sd = √(14/4) and the error of the mean √(14/4/3).
    @Test func meanAndSpread() {
        let moments = Moments([1, 2, 3, 6])
        #expect(moments.count == 4)
        #expect(moments.mean == 3)
        #expect(abs(moments.deviation - 1.870_828_693_386_970_7) < 1e-15)
        #expect(abs(moments.uncertainty - 1.080_123_449_734_643_5) < 1e-15)
    }

    @Test func tooFewNumbers() {
        #expect(Moments().mean == 0)
        #expect(Moments([5]).uncertainty.isNaN)
        #expect(Moments([5, 5]).uncertainty == 0)
    }

    /// Sums of squares would lose everything here.
    @Test func farFromZero() {
        let moments = Moments((0..<1000).map { 1e9 + Double($0 % 2) })
        #expect(abs(moments.deviation - 0.5) < 1e-9)
    }

    /// x = 1, 2, 3, 6 and y = 2, 1, 4, 5: both have mean 3, products (−2)(−1) + (−1)(−2) + 0 + 3·2 = 10.
    @Test func pairs() {
        var pairs = PairedMoments()
        for (x, y) in [(1.0, 2.0), (2, 1), (3, 4), (6, 5)] { pairs.add(x, y) }
        #expect(abs(pairs.covarianceOfMeans - 10.0 / 12) < 1e-15)
        // Σ(y − 3)² = 10.
        #expect(abs(pairs.correlation - 10 / 140.0.squareRoot()) < 1e-15)
        // x − y = −1, 1, −1, 1: mean 0, variance of the mean 1/3.
        #expect(abs(pairs.uncertaintyOfDifference - (1 / 3.0).squareRoot()) < 1e-15)
    }

    @Test func aSeriesWithItself() {
        var pairs = PairedMoments()
        for x in [0.1, 0.7, 1.3, 2.9] { pairs.add(x, x) }
        #expect(abs(pairs.correlation - 1) < 1e-15)
        // The root of what cancellation leaves of sums near 1.
        #expect(pairs.uncertaintyOfDifference < 1e-7)
    }

    /// Between the sorted numbers 1, 2, 4, 8 by linear interpolation: 0.5 lies half-way from the second to the third.
    @Test func quantiles() {
        let quantiles = Quantiles([8, 1, 4, 2])
        #expect(quantiles(0) == 1 && quantiles(1) == 8)
        #expect(abs(quantiles(0.9) - 6.8) < 1e-12)
        #expect(quantiles(0.5) == 3)
        #expect(Quantiles([7])(0.999) == 7)
        #expect(Quantiles([])(0.5).isNaN)
    }
}
