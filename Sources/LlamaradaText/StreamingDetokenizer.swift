/// Turns tokens into text one by one, as a model makes them, without ever giving out half a UTF-8 sequence.
///
/// All that it gives out, joined, is `String(decoding: tokenizer.decode(ids), as: UTF8.self)`: bytes that cannot become
/// UTF-8 any more are replaced by U+FFFD, bytes that still can are held back.
public struct StreamingDetokenizer: Sendable {
    private let tokenizer: Tokenizer
    private let showSpecial: Bool
    private var prefix: SpacePrefix
    /// The beginning of a character, at most 3 bytes.
    private var pending: [UInt8] = []

    /// - Parameters:
    ///   - isContinuation: whether the tokens continue a text (what a model says to a prompt), so that a space at their
    ///     beginning belongs to it. Otherwise they are a whole text, and SentencePiece's space prefix is taken off.
    ///   - showSpecial: whether control tokens are shown.
    public init(_ tokenizer: Tokenizer, isContinuation: Bool = true, showSpecial: Bool = false) {
        self.tokenizer = tokenizer
        self.showSpecial = showSpecial
        prefix = SpacePrefix(isPending: tokenizer.hasSpacePrefix && !isContinuation)
    }

    /// Adds a token; returns the text that is now certain, perhaps none.
    public mutating func append(_ id: TokenID) -> String {
        pending += prefix.bytes(of: id, in: tokenizer, showSpecial: showSpecial)
        let held = UTF8Text.unfinishedSuffix(of: pending)
        let text = String(decoding: pending.dropLast(held), as: UTF8.self)
        pending.removeFirst(pending.count - held)
        return text
    }

    /// Ends the text; returns U+FFFD for a character that was left unfinished, else nothing.
    public mutating func finish() -> String {
        defer { pending = [] }
        return String(decoding: pending, as: UTF8.self)
    }
}
