import Llamarada
import LlamaradaText
import Testing

/// What is drafted, and how likely it is thought to come true.
@Suite struct PromptLookupTests {
    @Test func draftsWhatFollowed() {
        let lookup = PromptLookup([4, 5, 6, 7, 8, 1, 4, 5, 6])
        let draft = lookup.draft(atMost: 2)
        #expect(draft.tokens == [7, 8])
        #expect(draft.chances.count == 2 && draft.chances[0] > draft.chances[1] && draft.chances[1] > 0)
        #expect(lookup.draft(atMost: 0) == Draft() && PromptLookup([1, 2, 3]).draft(atMost: 5) == Draft())
        #expect(lookup.draft(atMost: 5).dropFirst(2).tokens == [1, 4, 5])
    }

    @Test func chancesFollowWhatComesTrue() {
        let text = (0..<200).map { TokenID($0 * 17 % 101) }
        // One repeats its prompt, of the other each second token is another.
        var (right, wrong) = (PromptLookup(text), PromptLookup(text))
        for (index, token) in text.prefix(60).enumerated() {
            right.append(token)
            wrong.append(index % 3 == 2 ? 1000 + token : token)
        }
        #expect(right.draft(atMost: 8).chances[7] > 0.8)
        wrong.append(text[0])
        wrong.append(text[1])
        #expect(wrong.draft(atMost: 8).tokens.first == 1000 + text[2] || wrong.draft(atMost: 8).chances[0] < 0.2)
    }

    /// What was learned is forgotten as it ceases to hold.
    @Test func acceptanceIsOfLate() {
        var acceptance = DraftAcceptance()
        let first = acceptance.chance(length: 5)
        for _ in 0..<100 { acceptance.note(length: 5, isAccepted: true) }
        #expect(acceptance.chance(length: 5) > 0.99 && first < 0.9)
        #expect(acceptance.chance(length: 2) < 0.5)
        for _ in 0..<60 { acceptance.note(length: 4, isAccepted: false) }
        #expect(acceptance.chance(length: 5) < 0.1)
        for _ in 0..<60 { acceptance.note(length: 5, isAccepted: true) }
        #expect(acceptance.chance(length: 5) > 0.9)
        #expect((2...40).allSatisfy { 0...1 ~= acceptance.chance(length: $0) })
    }
}
