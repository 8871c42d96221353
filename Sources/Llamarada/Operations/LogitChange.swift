/// What is done to one token's logit before tokens are drawn: its bias, the repeat penalty, and what other penalties take
/// off it, in this order (see ``Reference/change(_:by:_:)``).
package struct LogitChange: Equatable, Sendable {
    /// From 0 to 2³¹ - 1; a token outside the vocabulary counts nothing.
    package var token: UInt32
    /// What is added first.
    package var bias: Float
    /// Whether the row's repeat penalty is for it.
    package var isRepeated: Bool
    /// What is taken off last.
    package var offset: Float

    package init(_ token: UInt32, bias: Float = 0, isRepeated: Bool = false, offset: Float = 0) {
        self.token = token
        self.bias = bias
        self.isRepeated = isRepeated
        self.offset = offset
    }
}

extension LogitChange {
    /// The most changes of a row that the device takes; with more the host draws.
    package static let capacity = 512
    /// Words of a change: the token and a mark in one, the bias, the offset.
    package static let words = 3
    /// Words of a row as LogitChanges.comp reads it: a count, then as many changes.
    package static let rowWords = 1 + words * capacity
    /// Marks a token as repeated.
    private static let repeatedMark: UInt32 = 1 << 31

    /// Writes a row of `rowWords` words; what lies behind the last change stays as it is.
    package static func write(_ changes: [LogitChange], to row: UnsafeMutableBufferPointer<UInt32>) {
        require(
            changes.count <= capacity && row.count == rowWords, "LogitChanges",
            "\(changes.count) changes in a row of \(row.count) words")
        row[0] = UInt32(changes.count)
        for (index, change) in changes.enumerated() {
            let start = 1 + words * index
            row[start] = change.token | (change.isRepeated ? repeatedMark : 0)
            row[start + 1] = change.bias.bitPattern
            row[start + 2] = change.offset.bitPattern
        }
    }
}
