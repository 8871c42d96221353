import Glibc
package import Llamarada
package import LlamaradaText

/// How next-token distributions differ between two sides, position by position.
package struct LogitsDifference: Sendable {
    /// The distributions after one token.
    package struct Position: Sendable, Equatable {
        /// The token's position in the text.
        package var token: Int
        /// Kullback–Leibler divergence of the actual from the expected distribution, in nats; infinite where logits
        /// are not finite.
        package var divergence: Double
        /// The likeliest token of each side.
        package var expectedTop: TokenID
        package var actualTop: TokenID
        /// How many of the five likeliest tokens both sides share.
        package var sharedOfTop5: Int
    }

    package private(set) var positions: [Position] = []

    package init() {}

    /// Takes the logits of more positions in: (tokens, vocabulary) both.
    package mutating func add(expected: Matrix, actual: Matrix, firstToken: Int) {
        for row in 0..<expected.rows {
            let (wanted, found) = (expected.row(row), actual.row(row))
            let (wantedTop, foundTop) = (Self.likeliest(wanted, 5), Self.likeliest(found, 5))
            positions.append(
                Position(
                    token: firstToken + row, divergence: Self.divergence(of: found, from: wanted),
                    expectedTop: TokenID(wantedTop.first ?? 0), actualTop: TokenID(foundTop.first ?? 0),
                    sharedOfTop5: Set(wantedTop).intersection(foundTop).count))
        }
    }

    /// In nats, over all positions; 0 without any.
    package var meanDivergence: Double {
        positions.isEmpty ? 0 : positions.reduce(0) { $0 + $1.divergence } / Double(positions.count)
    }
    package var maxDivergence: Double { positions.map(\.divergence).max() ?? 0 }
    /// Positions whose likeliest token is the same.
    package var sameTopCount: Int { positions.count { $0.expectedTop == $0.actualTop } }
    /// The mean share of the five likeliest tokens that both sides have.
    package var meanTop5Share: Double {
        positions.isEmpty ? 1 : Double(positions.reduce(0) { $0 + $1.sharedOfTop5 }) / Double(5 * positions.count)
    }

    /// Σ p · (ln p − ln q), p = softmax(expected), q = softmax(actual), in f64.
    static func divergence(of actual: [Float], from expected: [Float]) -> Double {
        guard expected.allSatisfy(\.isFinite), actual.allSatisfy(\.isFinite) else { return .infinity }
        let (expectedSum, actualSum) = (logSumOfExponentials(expected), logSumOfExponentials(actual))
        var divergence = 0.0
        for (p, q) in zip(expected, actual) {
            let logP = Double(p) - expectedSum
            divergence += exp(logP) * (logP - (Double(q) - actualSum))
        }
        return max(0, divergence)  // rounding alone can make it negative
    }

    private static func logSumOfExponentials(_ logits: [Float]) -> Double {
        let largest = Double(logits.max() ?? 0)
        return largest + log(logits.reduce(0) { $0 + exp(Double($1) - largest) })
    }

    /// The indices of the `count` largest values, largest first, the lower index first among equals; NaN never.
    static func likeliest(_ logits: [Float], _ count: Int) -> [Int] {
        var best: [Int] = []
        for (index, logit) in logits.enumerated() where !logit.isNaN {
            if best.count == count, let last = best.last, logit <= logits[last] { continue }
            let place = best.firstIndex { logits[$0] < logit } ?? best.count
            best.insert(index, at: place)
            if best.count > count { best.removeLast() }
        }
        return best
    }
}
