package import Llamarada

/// How one tensor differs between two sides: the expected one and the actual one.
///
/// Sums run in f64 over elements that are finite on both sides; the others are counted.
package struct TensorDifference: Sendable, Equatable {
    /// One element and its two values.
    package struct Element: Sendable, Equatable {
        /// The token's position in the text, and the column of its row.
        package var token = 0
        package var column = 0
        package var expected: Float = 0
        package var actual: Float = 0

        package init() {}

        package init(token: Int, column: Int, expected: Float, actual: Float) {
            self.token = token
            self.column = column
            self.expected = expected
            self.actual = actual
        }
    }

    /// Elements compared.
    package private(set) var count = 0
    /// Elements whose bits differ; 0 and -0 count as equal.
    package private(set) var differingCount = 0
    /// The largest |actual − expected|, and where.
    package private(set) var maxAbsolute = 0.0
    package private(set) var maxAbsoluteAt = Element()
    /// The largest |actual − expected| ÷ |expected| among expected values other than 0, and where.
    package private(set) var maxRelative = 0.0
    package private(set) var maxRelativeAt = Element()
    /// NaN and infinities on each side.
    package private(set) var nonFiniteExpected = 0
    package private(set) var nonFiniteActual = 0
    /// Elements that are not finite on one side and something else on the other, and the first of them.
    package private(set) var nonFiniteMismatches = 0
    package private(set) var nonFiniteMismatchAt: Element?
    /// The first element that is not finite, on either side.
    package private(set) var nonFiniteAt: Element?

    private var squares = 0.0  // Σ (actual − expected)²
    private var expectedEnergy = 0.0  // Σ expected²
    private var actualEnergy = 0.0  // Σ actual²
    private var product = 0.0  // Σ actual · expected

    package init() {}

    /// Compares all of two matrices (tokens, columns) of one shape.
    package init(expected: Matrix, actual: Matrix, firstToken: Int = 0) {
        add(expected: expected, actual: actual, firstToken: firstToken)
    }

    /// Whether every value of both sides is finite.
    package var isFinite: Bool { nonFiniteExpected == 0 && nonFiniteActual == 0 }

    /// Σ (actual − expected)² ÷ Σ expected²; infinite where only the expected values are all 0, and where a value of either
    /// side is not finite, even the same one on both: NaN is never agreement.
    package var nmse: Double { isFinite ? finiteNMSE : .infinity }

    /// The same over those elements alone that are finite on both sides.
    package var finiteNMSE: Double { squares == 0 ? 0 : squares / expectedEnergy }

    /// The cosine of the angle between the two; 1 where both are all 0.
    package var cosine: Double {
        if expectedEnergy == 0 && actualEnergy == 0 { return 1 }
        let energies = expectedEnergy.squareRoot() * actualEnergy.squareRoot()
        return energies == 0 ? 0 : max(-1, min(1, product / energies))
    }

    /// Whether every element has the same value on both sides.
    package var isIdentical: Bool { differingCount == 0 }

    /// Takes more rows in, of which the first belongs to token `firstToken`.
    package mutating func add(expected: Matrix, actual: Matrix, firstToken: Int) {
        require(
            expected.rows == actual.rows && expected.columns == actual.columns, "TensorDifference",
            "(\(expected.rows), \(expected.columns)) and (\(actual.rows), \(actual.columns))")
        count += expected.values.count
        expected.values.withUnsafeBufferPointer { expectedValues in
            actual.values.withUnsafeBufferPointer { actualValues in
                for index in expectedValues.indices {
                    note(
                        expectedValues[index], actualValues[index], index: index, columns: expected.columns,
                        firstToken: firstToken)
                }
            }
        }
    }

    private mutating func note(_ expected: Float, _ actual: Float, index: Int, columns: Int, firstToken: Int) {
        func element() -> Element {
            Element(
                token: firstToken + index / columns, column: index % columns, expected: expected, actual: actual)
        }
        let isSame = expected == actual || (expected.isNaN && actual.isNaN)
        if !isSame { differingCount += 1 }
        guard expected.isFinite && actual.isFinite else {
            if !expected.isFinite { nonFiniteExpected += 1 }
            if !actual.isFinite { nonFiniteActual += 1 }
            nonFiniteAt = nonFiniteAt ?? element()
            if !isSame {
                nonFiniteMismatches += 1
                nonFiniteMismatchAt = nonFiniteMismatchAt ?? element()
            }
            return
        }
        let (wanted, found) = (Double(expected), Double(actual))
        expectedEnergy += wanted * wanted
        actualEnergy += found * found
        product += wanted * found
        guard !isSame else { return }
        let error = abs(found - wanted)
        squares += error * error
        if error > maxAbsolute { (maxAbsolute, maxAbsoluteAt) = (error, element()) }
        if wanted != 0 && error / abs(wanted) > maxRelative {
            (maxRelative, maxRelativeAt) = (error / abs(wanted), element())
        }
    }
}
