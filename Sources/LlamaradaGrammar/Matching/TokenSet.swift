/// Some tokens of a vocabulary: a list of few, or a bit each.
enum TokenSet: Sendable {
    case few([Int32])
    case bits([UInt32])

    /// A list below this many tokens for each word of bits costs less to add to a mask.
    private static let listsBelow = 2

    init(_ tokens: [Int32], words: Int) {
        guard tokens.count >= Self.listsBelow * words else {
            self = .few(tokens)
            return
        }
        var bits = [UInt32](repeating: 0, count: words)
        for token in tokens { bits[Int(token >> 5)] |= 1 << UInt32(token & 31) }
        self = .bits(bits)
    }

    /// Adds them to a mask.
    func add(to mask: inout [UInt32]) {
        switch self {
        case .few(let tokens):
            for token in tokens { mask[Int(token >> 5)] |= 1 << UInt32(token & 31) }
        case .bits(let bits):
            for index in mask.indices { mask[index] |= bits[index] }
        }
    }

    var byteCount: Int {
        switch self {
        case .few(let tokens): 4 * tokens.count
        case .bits(let bits): 4 * bits.count
        }
    }
}
