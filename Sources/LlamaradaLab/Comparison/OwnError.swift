package import Llamarada

/// What one operation does wrong by itself: its output on the other side's input against the other side's output.
package struct OwnError: Sendable, Equatable {
    /// Σ error² ÷ Σ expected², over elements that are finite on both sides.
    package private(set) var nmse = 0.0
    /// The largest |error| ÷ magnitude, where magnitude is the sum of the absolute terms: Σ|wᵢxᵢ| for a product.
    package private(set) var element = 0.0
    /// Where that is, or where the first value lies that is not finite though it should be.
    package private(set) var at = TensorDifference.Element()
    /// Values that are not finite on one side and something else on the other.
    package private(set) var nonFiniteMismatches = 0

    /// Errors this small pass whatever the magnitude: drivers may flush subnormal f32 to zero.
    private static let smallest = 0x1p-126

    package init() {}

    /// - Parameters:
    ///   - magnitudes: (tokens, columns), like both matrices.
    package init(expected: Matrix, actual: Matrix, magnitudes: [Float], firstToken: Int) {
        let difference = TensorDifference(expected: expected, actual: actual, firstToken: firstToken)
        nonFiniteMismatches = difference.nonFiniteMismatches
        nmse = difference.maxAbsolute <= Self.smallest ? 0 : difference.finiteNMSE
        if let place = difference.nonFiniteMismatchAt { at = place }
        for index in expected.values.indices where expected.values[index] != actual.values[index] {
            let (wanted, found) = (expected.values[index], actual.values[index])
            guard wanted.isFinite && found.isFinite else { continue }
            let error = abs(Double(found) - Double(wanted))
            // 0 / 0 cannot be: the error is no smaller than `smallest`.
            let ratio = error <= Self.smallest ? 0 : error / Double(magnitudes[index])
            guard ratio > element else { continue }
            element = ratio
            guard nonFiniteMismatches == 0 else { continue }
            at = .init(
                token: firstToken + index / expected.columns, column: index % expected.columns, expected: wanted,
                actual: found)
        }
    }

    /// The worse of two, for passes that compute one operation for several chunks of tokens.
    package mutating func formUnion(_ other: OwnError) {
        if other.nonFiniteMismatches > 0 || (nonFiniteMismatches == 0 && other.element > element) { at = other.at }
        nmse = max(nmse, other.nmse)
        element = max(element, other.element)
        nonFiniteMismatches += other.nonFiniteMismatches
    }

    /// How much of `bound` is used: more than 1 is too much.
    package func share(of bound: ErrorBound) -> Double {
        func share(_ value: Double, _ limit: Double) -> Double { value == 0 ? 0 : value / limit }
        if nonFiniteMismatches > 0 { return .infinity }
        return max(share(nmse, bound.nmse), share(element, bound.element))
    }
}
