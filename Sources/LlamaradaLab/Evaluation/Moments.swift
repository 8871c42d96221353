import Llamarada

/// Mean and spread of numbers that come one at a time.
///
/// Welford, "Note on a method for calculating corrected sums of squares and products" (Technometrics 4, 1962).
package struct Moments: Sendable, Equatable {
    package private(set) var count = 0
    /// Of no numbers: 0.
    package private(set) var mean = 0.0
    /// Σ(x − mean)².
    private var squares = 0.0

    package init() {}

    // Not of any sequence, which other modules would iterate through its witnesses, many times as slowly.
    package init(_ values: [Double]) {
        for value in values { add(value) }
    }

    package mutating func add(_ value: Double) {
        count += 1
        let difference = value - mean
        mean += difference / Double(count)
        squares += difference * (value - mean)
    }

    /// The standard deviation of the numbers themselves: √(Σ(x − mean)² / count).
    package var deviation: Double { (squares / Double(count)).squareRoot() }

    /// The standard error of the mean, deviation / √(count − 1); NaN where there are fewer than two numbers.
    package var uncertainty: Double {
        count > 1 ? deviation / Double(count - 1).squareRoot() : .nan
    }
}

/// How two series of numbers vary together.
package struct PairedMoments: Sendable, Equatable {
    package private(set) var first = Moments()
    package private(set) var second = Moments()
    /// Σ(x − mean x)(y − mean y).
    private var products = 0.0

    package init() {}

    package mutating func add(_ x: Double, _ y: Double) {
        let difference = x - first.mean
        first.add(x)
        second.add(y)
        products += difference * (y - second.mean)
    }

    /// The covariance of the two means, as `Moments.uncertainty` squared is their variance.
    package var covarianceOfMeans: Double {
        let count = Double(first.count)
        return count > 1 ? products / count / (count - 1) : .nan
    }

    /// Pearson's correlation; NaN where a series does not vary.
    package var correlation: Double { covarianceOfMeans / (first.uncertainty * second.uncertainty) }

    /// The uncertainty of mean x − mean y.
    package var uncertaintyOfDifference: Double {
        let (x, y) = (first.uncertainty, second.uncertainty)
        let variance = x * x + y * y - 2 * covarianceOfMeans
        // Rounding may leave a little less than nothing where both series are the same; NaN stays.
        return (variance < 0 ? 0 : variance).squareRoot()
    }
}
