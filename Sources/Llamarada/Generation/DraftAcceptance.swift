/// How often guesses came true lately, by the length of the match that they were made from.
///
/// Old guesses count less and less, so that a text that begins to repeat itself, or ceases to, is noticed within some
/// twenty tokens.
package struct DraftAcceptance: Sendable {
    private struct Bin {
        /// Guesses, each newer one counting more.
        var count: Double
        /// Of these, those that came true.
        var accepted: Double
    }

    /// What each guess before counts less by the next.
    private static let decay = 0.95
    /// How many guesses what is believed at first is worth.
    private static let priorCount = 2.0
    /// The least length of each bin, and how often such guesses come true, on the low side: what a wrong one costs cannot be
    /// won back in a short answer, and a text that does repeat itself soon has long matches.
    private static let priors: [(length: Int, chance: Double)] = [
        (2, 0.15), (3, 0.3), (4, 0.45), (6, 0.65), (9, 0.8), (16, 0.9),
    ]

    private var bins = Self.priors.map { Bin(count: Self.priorCount, accepted: Self.priorCount * $0.chance) }

    package init() {}

    /// Notes what became of a guess.
    package mutating func note(length: Int, isAccepted: Bool) {
        let index = Self.bin(length)
        bins[index].count = bins[index].count * Self.decay + 1
        bins[index].accepted = bins[index].accepted * Self.decay + (isAccepted ? 1 : 0)
    }

    /// How likely the next guess of a match of such a length is to come true.
    package func chance(length: Int) -> Double {
        let bin = bins[Self.bin(length)]
        return bin.accepted / bin.count
    }

    private static func bin(_ length: Int) -> Int {
        max(0, (priors.firstIndex { $0.length > length } ?? priors.count) - 1)
    }
}
