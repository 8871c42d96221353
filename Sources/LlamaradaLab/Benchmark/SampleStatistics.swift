import Llamarada

/// Mean and spread of some samples.
package struct SampleStatistics: Sendable, Equatable {
    /// The arithmetic mean; 0 without a sample.
    package let mean: Double
    /// The sample's standard deviation, with n − 1 in the denominator; 0 below two samples.
    package let deviation: Double

    package init(_ samples: [Double]) {
        guard !samples.isEmpty else { (mean, deviation) = (0, 0); return }
        let mean = samples.reduce(0, +) / Double(samples.count)
        let squares = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        self.mean = mean
        deviation = samples.count > 1 ? (squares / Double(samples.count - 1)).squareRoot() : 0
    }
}
