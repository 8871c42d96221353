package import LlamaradaText

/// The tokens that end a repetition for DRY: each a first token and those that must follow it.
///
/// Many tokens end in the same beginnings of the same texts, so what must follow is kept once for all of them.
package struct SequenceBreakers: Sendable {
    /// What may follow, the longest first; an empty one where the token breaks by itself.
    private typealias Tails = [[TokenID]]

    private var groups: [Tails] = []
    /// The group of each first token.
    private var groupOfToken: [TokenID: Int] = [:]

    /// Most tokens that must follow.
    private static let longestTail = 20

    /// - Parameter sequences: each of at least one token.
    package init(_ sequences: [[TokenID]] = []) {
        var tails: [TokenID: Set<[TokenID]>] = [:]
        for sequence in sequences { tails[sequence.first ?? 0, default: []].insert(Array(sequence.dropFirst())) }
        for (token, tails) in tails {
            groupOfToken[token] = groups.count
            groups.append(Self.ordered(tails))
        }
    }

    /// Finds the tokens in which a text lies, and those that end in the beginning of one, together with the tokens of the
    /// rest of that text. A pass over the vocabulary: some tenths of a second for large ones and many texts.
    package init(_ texts: [String], _ tokenizer: Tokenizer) {
        self.init(
            texts, vocabulary: tokenizer.vocabulary.count, bytes: { tokenizer.bytes(of: $0, showSpecial: true) },
            tokensOfRest: tokenizer.tokens(ofRest:))
    }

    /// - Parameters:
    ///   - bytes: those of a token of the vocabulary.
    ///   - tokensOfRest: the tokens of what is left of a text; asked for once for each that there is, so at most as often
    ///     as the texts have bytes.
    package init(
        _ texts: [String], vocabulary: Int, bytes: (TokenID) -> [UInt8], tokensOfRest: (ArraySlice<UInt8>) -> [TokenID]
    ) {
        let textsByFirst = Dictionary(grouping: Set(texts).map { Array($0.utf8) }.filter { !$0.isEmpty }) { $0[0] }
        // Each rest once, by what it is.
        var rests: [ArraySlice<UInt8>] = []
        var indices: [ArraySlice<UInt8>: Int] = [:]
        var groupOfRests: [Set<Int>: Int] = [:]
        for token in 0..<TokenID(vocabulary) {
            let bytes = bytes(token)
            var found: Set<Int> = []
            for start in bytes.indices {
                for text in textsByFirst[bytes[start]] ?? [] {
                    let common = Self.commonCount(bytes[start...], text)
                    guard common == text.count || start + common == bytes.count else { continue }
                    let rest = text[common...]
                    let index = indices[rest] ?? rests.count
                    if index == rests.count {
                        rests.append(rest)
                        indices[rest] = index
                    }
                    found.insert(index)
                }
            }
            guard !found.isEmpty else { continue }
            let group = groupOfRests[found] ?? groupOfRests.count
            groupOfRests[found] = group
            groupOfToken[token] = group
        }
        let tails = rests.map { $0.isEmpty ? [] : Array(tokensOfRest($0).prefix(Self.longestTail)) }
        groups = Array(repeating: [], count: groupOfRests.count)
        for (found, group) in groupOfRests { groups[group] = Self.ordered(Set(found.map { tails[$0] })) }
    }

    /// How many bytes two texts begin with alike.
    private static func commonCount(_ bytes: ArraySlice<UInt8>, _ text: [UInt8]) -> Int {
        let most = min(bytes.count, text.count)
        var count = 0
        while count < most, bytes[bytes.startIndex + count] == text[count] { count += 1 }
        return count
    }

    private static func ordered(_ tails: Set<[TokenID]>) -> Tails { tails.sorted { $0.count > $1.count } }

    /// Whether a token breaks sequences without others.
    package func isBreaker(_ token: TokenID) -> Bool {
        // The shortest comes last.
        groupOfToken[token].map { groups[$0].last?.isEmpty ?? false } ?? false
    }

    /// How many tokens stand behind the last breaker in a text; all where there is none.
    package func lengthBehindLast(in text: ArraySlice<TokenID>) -> Int {
        for start in text.indices.reversed() {
            guard let group = groupOfToken[text[start]] else { continue }
            let behind = text[(start + 1)...]
            let longest = groups[group].first { behind.starts(with: $0) }
            if let longest { return behind.count - longest.count }
        }
        return text.count
    }
}

extension Tokenizer {
    /// The tokens of a text that others go before: without the space that some vocabularies put before a text.
    fileprivate func tokens(ofRest text: ArraySlice<UInt8>) -> [TokenID] {
        let before: [UInt8] = vocabulary.addsSpacePrefix ? [0x0A] : []
        let lead = encode(before, addSpecial: false, parseSpecial: false)
        let tokens = encode(before + text, addSpecial: false, parseSpecial: false)
        return tokens.starts(with: lead) ? Array(tokens.dropFirst(lead.count)) : tokens
    }
}
