extension Tokenizer {
    /// The most bytes of text that so many tokens can stand for, or nil where there is no such bound.
    ///
    /// A token stands for no more bytes of a text than its piece has: spelling a space or a byte makes it longer, never
    /// shorter. Only where a byte has no token can one token, or none, stand for any number of them.
    public func largestByteCount(ofTokens count: Int) -> Int? {
        guard hasTokenForEveryByte else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: longestPiece)
        return overflow ? nil : bytes
    }
}
