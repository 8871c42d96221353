/// What a vocabulary's tokens read as: a tree over bytes, in which tokens that begin alike share their beginning.
///
/// The tree lies flat, every node before those below it: skipping what lies below a node is one step, and the tokens below
/// it are neighbours in a list.
package final class TokenVocabulary: Sendable {
    /// The number of tokens, those included that never follow a grammar.
    package let count: Int
    /// By node: the byte that leads to it.
    let bytes: [UInt8]
    /// By node: how many bytes lead to it.
    let depths: [UInt16]
    /// By node: the first node that is not below it.
    let ends: [Int32]
    /// By node, and one more: where its own tokens begin in `tokens`, and with the node's end those of all below it.
    let firstTokens: [Int32]
    /// Tokens by what they read as.
    let tokens: [Int32]
    /// The bytes of the longest token.
    package let longest: Int
    /// By token: what it reads as.
    private let texts: [[UInt8]]
    /// Tokens that end a text.
    package let endTokens: [Int32]

    /// Longer tokens are left out: no grammar needs them.
    private static let longestToken = 4096

    /// Reads what tokens read as.
    ///
    /// - Parameters:
    ///   - texts: by token; the empty ones never follow a grammar.
    ///   - endTokens: those that end a text; what they read as does not matter.
    package init(_ texts: [[UInt8]], endTokens: [Int32]) {
        self.texts = texts
        count = texts.count
        self.endTokens = endTokens.filter { texts.indices.contains(Int($0)) }
        let excluded = Set(endTokens)
        let sorted = texts.indices.filter {
            !texts[$0].isEmpty && texts[$0].count <= Self.longestToken && !excluded.contains(Int32($0))
        }.sorted { texts[$0].lexicographicallyPrecedes(texts[$1]) }
        tokens = sorted.map(Int32.init)
        longest = sorted.map { texts[$0].count }.max() ?? 0
        var (bytes, depths, ends, firstTokens) = ([UInt8](), [UInt16](), [Int32](), [Int32]())
        // The nodes that lead to the token before.
        var path: [Int] = []
        var before: [UInt8] = []
        for (place, token) in sorted.enumerated() {
            let text = texts[token]
            let common = zip(text, before).prefix { $0 == $1 }.count
            for node in path[common...] { ends[node] = Int32(bytes.count) }
            path.removeSubrange(common...)
            for depth in common..<text.count {
                path.append(bytes.count)
                bytes.append(text[depth])
                depths.append(UInt16(depth + 1))
                ends.append(0)
                firstTokens.append(Int32(place))
            }
            before = text
        }
        for node in path { ends[node] = Int32(bytes.count) }
        firstTokens.append(Int32(sorted.count))
        (self.bytes, self.depths, self.ends, self.firstTokens) = (bytes, depths, ends, firstTokens)
    }

    /// What a token reads as; nothing for one that never follows a grammar.
    package func text(of token: Int32) -> [UInt8] {
        texts.indices.contains(Int(token)) ? texts[Int(token)] : []
    }

    package var nodeCount: Int { bytes.count }

    /// The tokens that read as what leads to a node.
    func tokens(at node: Int) -> ArraySlice<Int32> {
        tokens[Int(firstTokens[node])..<Int(firstTokens[node + 1])]
    }

    func isLeaf(_ node: Int) -> Bool { Int(ends[node]) == node + 1 }

    /// 32-bit words of a mask.
    package var maskWords: Int { (count + 31) / 32 }
}
