import Llamarada
import LlamaradaText
import Testing

/// Where a text's newest tokens came before.
@Suite struct TextMatchesTests {
    /// The definition, in quadratic time: of the latest places behind the last two tokens, the one with the longest
    /// common past.
    private static func longest(_ text: [TokenID]) -> TextMatches.Match? {
        guard text.count > 2 else { return nil }
        let places = (2..<text.count).reversed().filter { text[$0 - 2..<$0] == text.suffix(2) }
        var best: TextMatches.Match?
        for place in places.prefix(16) {
            let length = zip(text[..<place].reversed(), text.reversed()).prefix { $0 == $1 }.count
            let found = TextMatches.Match(place: place, length: min(length, TextMatches.longestLength))
            if found.length > best?.length ?? 0 { best = found }
        }
        return best
    }

    @Test(arguments: [2, 3, 8, 40]) func findsTheLongest(alphabet: TokenID) {
        var random = RandomSource(seed: UInt64(alphabet))
        var text: [TokenID] = []
        var matches = TextMatches([])
        var found = 0
        for _ in 0..<300 {
            // Pieces of what was said, so that there are long matches too.
            if text.count > 10, Int.random(in: 0..<20, using: &random) == 0 {
                let start = Int.random(in: 0..<text.count - 5, using: &random)
                for token in text[start..<min(start + 45, text.count)] {
                    text.append(token)
                    matches.append(token)
                }
            }
            let token = TokenID.random(in: 0..<alphabet, using: &random)
            text.append(token)
            matches.append(token)
            let expected = Self.longest(text)
            #expect(matches.longest == expected)
            #expect(TextMatches(text).longest == expected)
            if expected != nil { found += 1 }
        }
        #expect(found > 10 && matches.tokens == text)
    }

    @Test func shortTextsHaveNone() {
        for text in [[], [1], [1, 1], [1, 2, 3]] as [[TokenID]] { #expect(TextMatches(text).longest == nil) }
        #expect(TextMatches([1, 1, 1]).longest == .init(place: 2, length: 2))
    }

    @Test func whatFollowsRepeatsItself() throws {
        let matches = TextMatches([9, 1, 2, 3, 1, 2])
        let match = try #require(matches.longest)
        #expect(match == .init(place: 3, length: 2))
        #expect(matches.continuation(of: match, count: 8) == [3, 1, 2, 3, 1, 2, 3, 1])
    }

    @Test func tokensOfAllValues() {
        let text: [TokenID] = [.max, .min, -1, 0, .max, .min]
        #expect(TextMatches(text).longest == .init(place: 2, length: 2))
    }
}
