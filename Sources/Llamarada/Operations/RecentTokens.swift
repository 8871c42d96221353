/// The distinct tokens of a row's recent text, as RepeatPenalty.comp reads them: a count, then as many tokens.
package enum RecentTokens {
    /// The most tokens of a row.
    package static let capacity = 256
    /// Words of a row.
    package static let rowWords = 1 + capacity

    /// Writes a row of `rowWords` words; what lies behind the last token stays as it is.
    package static func write(_ tokens: [UInt32], to row: UnsafeMutableBufferPointer<UInt32>) {
        require(
            tokens.count <= capacity && row.count == rowWords, "RepeatPenalty",
            "\(tokens.count) tokens in a row of \(row.count) words")
        row[0] = UInt32(tokens.count)
        for (index, token) in tokens.enumerated() { row[1 + index] = token }
    }
}
