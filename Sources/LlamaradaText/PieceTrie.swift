/// Finds the longest of many literal strings at a place in a text.
///
/// A question costs the length of the longest string that could match, however many strings there are.
struct PieceTrie: Sendable {
    private var roots: [Int32] = Array(repeating: -1, count: 256)
    /// Child node by parent node (high bits) and byte (low 8 bits).
    private var children: [UInt64: Int32] = [:]
    /// The token that ends at a node, or -1.
    private var terminals: [TokenID] = []

    init() {}

    /// Holds the pieces at `indices`, as `spelled`; their ids are their indices.
    ///
    /// Throws `TextError` where they have more than 16 MiB: a node costs some 50 bytes, and real ones have kilobytes.
    init(_ vocabulary: Vocabulary, indices: [Int], _ spelled: ([UInt8]) -> [UInt8] = { $0 }) throws(TextError) {
        let byteCount = indices.reduce(0) { $0 + vocabulary.pieces[$1].count }
        guard byteCount <= 16 << 20 else {
            throw TextError(
                .invalidVocabulary,
                "the control and user-defined pieces have \(byteCount) bytes; at most \(16 << 20) are allowed")
        }
        for index in indices { insert(spelled(vocabulary.pieces[index]), id: TokenID(index)) }
    }

    var isEmpty: Bool { terminals.isEmpty }

    private mutating func makeNode() -> Int32 {
        terminals.append(-1)
        return Int32(terminals.count - 1)
    }

    /// Adds a string; of equal strings the last counts.
    private mutating func insert(_ string: [UInt8], id: TokenID) {
        var node: Int32 = -1
        for byte in string {
            if node < 0 {
                if roots[Int(byte)] < 0 { roots[Int(byte)] = makeNode() }
                node = roots[Int(byte)]
            } else {
                let key = UInt64(node) << 8 | UInt64(byte)
                if let next = children[key] {
                    node = next
                } else {
                    let next = makeNode()
                    children[key] = next
                    node = next
                }
            }
        }
        if node >= 0 { terminals[Int(node)] = id }
    }

    /// The longest string that starts at `start`, with its length in bytes.
    func longestMatch(
        in text: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int
    ) -> (id: TokenID, length: Int)? {
        var node = roots[Int(text[start])]
        var best: (id: TokenID, length: Int)?
        var position = start + 1
        while node >= 0 {
            if terminals[Int(node)] >= 0 { best = (terminals[Int(node)], position - start) }
            guard position < end, let next = children[UInt64(node) << 8 | UInt64(text[position])] else { break }
            node = next
            position += 1
        }
        return best
    }
}
