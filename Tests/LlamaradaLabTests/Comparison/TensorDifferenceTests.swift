import Llamarada
import LlamaradaLab
import Testing

@Suite struct TensorDifferenceTests {
    private func row(_ values: Float...) -> Matrix { Matrix(rows: 1, columns: values.count, values: values) }

    @Test func byHand() {
        let difference = TensorDifference(expected: row(3, 0, -4, 0.5), actual: row(3, 1, -2, 0.25), firstToken: 7)
        // Errors 0, 1, 2, 0.25; Σ expected² = 25.25, Σ actual² = 14.0625, Σ product = 17.125.
        #expect(difference.nmse == 5.0625 / 25.25)
        #expect(abs(difference.cosine - 17.125 / (25.25.squareRoot() * 14.0625.squareRoot())) < 1e-15)
        #expect(difference.count == 4 && difference.differingCount == 3)
        #expect(difference.maxAbsolute == 2)
        #expect(difference.maxAbsoluteAt == .init(token: 7, column: 2, expected: -4, actual: -2))
        // 2/4 at column 2 and 0.25/0.5 at column 3: the first of equals; column 1 has nothing to be relative to.
        #expect(difference.maxRelative == 0.5)
        #expect(difference.maxRelativeAt.column == 2)
    }

    @Test func rowsAndChunksKeepTheirTokens() {
        var difference = TensorDifference()
        let zeros = Matrix(rows: 2, columns: 3, values: [0, 0, 0, 0, 0, 0])
        difference.add(expected: zeros, actual: zeros, firstToken: 0)
        #expect(difference.isIdentical && difference.nmse == 0 && difference.cosine == 1)
        difference.add(
            expected: zeros, actual: Matrix(rows: 2, columns: 3, values: [0, 0, 0, 0, 0, -5]), firstToken: 2)
        #expect(difference.maxAbsoluteAt == .init(token: 3, column: 2, expected: 0, actual: -5))
        #expect(difference.nmse == .infinity && difference.cosine == 0 && difference.maxRelative == 0)
    }

    @Test func nonFiniteValuesAreCountedOnBothSides() {
        let difference = TensorDifference(
            expected: row(.nan, 1, .infinity, 2, -.infinity), actual: row(.nan, .nan, .infinity, 2, .infinity))
        #expect(difference.nonFiniteExpected == 3 && difference.nonFiniteActual == 4)
        #expect(difference.nonFiniteMismatches == 2 && difference.nonFiniteMismatchAt?.column == 1)
        #expect(difference.nonFiniteAt?.column == 0 && !difference.isFinite)
        #expect(difference.nmse == .infinity && difference.finiteNMSE == 0 && !difference.isIdentical)
    }

    @Test func theSameNaNOnBothSidesIsNoAgreement() {
        let difference = TensorDifference(expected: row(.nan, 1), actual: row(.nan, 1))
        #expect(difference.nmse == .infinity && difference.nonFiniteMismatches == 0)
    }

    @Test func negativeZeroIsZero() {
        #expect(TensorDifference(expected: row(0), actual: row(-0.0)).isIdentical)
    }

    @Test func ownErrorIsMeasuredByTheTerms() {
        // A sum of 100 and -99 may be off by more than a sum of 1 and 0.
        let error = OwnError(
            expected: row(1, 1, 0), actual: row(1.5, 1.25, 0), magnitudes: [199, 1, 0], firstToken: 4)
        #expect(error.element == 0.25 && error.at.column == 1 && error.at.token == 4)
        #expect(error.nmse == 0.3125 / 2)
        #expect(error.share(of: ErrorBound(nmse: 1, element: 0.5)) == 0.5)
        #expect(OwnError().share(of: .identical) == 0)
        #expect(error.share(of: .identical) == .infinity)
        let lost = OwnError(expected: row(1, 1), actual: row(1, .nan), magnitudes: [1, 1], firstToken: 0)
        #expect(lost.share(of: ErrorBound(nmse: 1, element: 1)) == .infinity && lost.at.column == 1)
    }
}
