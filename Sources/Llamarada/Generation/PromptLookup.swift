package import LlamaradaText

/// Drafts from the sequence's own text: what followed the last time that its newest tokens came.
///
/// Each token that comes tells how good the guess would have been, drafted or not, so nothing has to be drafted to find out
/// whether it would pay.
/// Saxena 2023, https://github.com/apoorvumang/prompt-lookup-decoding
package struct PromptLookup: Drafter {
    private var matches: TextMatches
    private var acceptance = DraftAcceptance()

    /// - Parameter prompt: the text so far; what follows where in it says nothing about the answer.
    package init(_ prompt: [TokenID]) { matches = TextMatches(prompt) }

    package mutating func append(_ token: TokenID) {
        if let match = matches.longest {
            acceptance.note(length: match.length, isAccepted: matches.tokens[match.place] == token)
        }
        matches.append(token)
    }

    package func draft(atMost count: Int) -> Draft {
        guard count > 0, let match = matches.longest else { return Draft() }
        let tokens = matches.continuation(of: match, count: count)
        var chance = 1.0
        return Draft(
            tokens: tokens,
            chances: tokens.indices.map { index in
                chance *= acceptance.chance(length: match.length + index)
                return chance
            })
    }
}
