import LlamaradaGrammar
import LlamaradaText

/// One text on its way through a constraint.
struct ConstraintFollower {
    private let masks: TokenMasks
    private var matcher: GrammarMatcher
    /// Which tokens may be chosen next: see `TokenMask`. The row that asked for it is under way.
    private(set) var mask: [UInt32] = []
    /// Steps that masks may still take (see `TokenMasks.mask`): a text's masks are made on the engine's thread, and so many
    /// hold up the others for some tenths of a second at worst.
    private var work = Self.mostWork
    /// Whether a mask would have taken more.
    private var isTooMuchWork = false

    private static let mostWork = 16_000_000
    /// What each token adds to the work that may be done: some 20 ms.
    private static let workOfAToken = 1_000_000

    init(_ constraint: OutputConstraint) {
        masks = constraint.masks
        matcher = GrammarMatcher(masks.automaton)
    }

    /// Whether the text is whole, and nothing may follow.
    var isComplete: Bool { matcher.canEnd && matcher.isComplete }

    /// Which tokens may be chosen next.
    mutating func nextMask() -> [UInt32] {
        work = min(work + Self.workOfAToken, Self.mostWork)
        do throws(TokenMasks.TooMuchWork) {
            mask = try masks.mask(matcher, work: &work)
        } catch {
            isTooMuchWork = true
            // Nothing may follow, which `take` says.
            mask = [UInt32](repeating: 0, count: masks.vocabulary.maskWords)
        }
        return mask
    }

    /// Counts what a copy, which went ahead through drafts, has done.
    mutating func count(workOf copy: ConstraintFollower) {
        (work, isTooMuchWork) = (copy.work, isTooMuchWork || copy.isTooMuchWork)
    }

    /// Which tokens may be chosen behind one that may come next; nil where it may not.
    mutating func maskBehind(_ token: TokenID) -> [UInt32]? {
        matcher.advance(masks.vocabulary.text(of: token)) ? nextMask() : nil
    }

    /// Takes the token that was chosen.
    ///
    /// - Throws: `GenerationError` where it is not one of those that may follow: then there were none, since what is chosen
    ///   is the likeliest of all at least.
    mutating func take(_ token: TokenID, isEnd: Bool) throws(GenerationError) {
        let word = Int(token) / 32 < mask.count ? mask[Int(token) / 32] : 0
        guard word >> UInt32(token % 32) & 1 == 1, isEnd || matcher.advance(masks.vocabulary.text(of: token)) else {
            throw GenerationError(
                .constraint,
                isTooMuchWork
                    ? "The grammar is too large: which tokens may follow takes too long to find out"
                    : matcher.isOverwhelmed
                        ? "The text can be read in too many ways by the grammar"
                        : "No token of the vocabulary continues the text as the grammar asks for")
        }
    }
}
