package import LlamaradaText

/// Tokens that may follow a text.
package struct Draft: Sendable, Equatable {
    package var tokens: [TokenID]
    /// Of each token, how likely it and all before it are to come true: from 0 to 1, never rising.
    package var chances: [Double]

    package init(tokens: [TokenID] = [], chances: [Double] = []) {
        require(tokens.count == chances.count, "Draft", "\(tokens.count) tokens with \(chances.count) chances")
        self.tokens = tokens
        self.chances = chances
    }

    /// What is left behind its first tokens, if these come true; its chances are those of the whole.
    package func dropFirst(_ count: Int) -> Draft {
        Draft(tokens: Array(tokens.dropFirst(count)), chances: Array(chances.dropFirst(count)))
    }
}

/// Says what may follow a sequence's text: what it says changes no result, only how many tokens a step gives.
package protocol Drafter: Sendable {
    /// Notes the next token of the text.
    mutating func append(_ token: TokenID)

    /// The tokens that may follow, at most so many.
    func draft(atMost count: Int) -> Draft
}
