package import LlamaradaText

/// The tokens that end a repetition for DRY: each a first token and those that must follow it.
package struct SequenceBreakers: Sendable, Equatable {
    /// What follows, by the first token; an empty list where the token breaks by itself.
    private var tails: [TokenID: [[TokenID]]] = [:]

    /// Most tokens that must follow.
    private static let longestTail = 20

    /// - Parameter sequences: each of at least one token.
    package init(_ sequences: [[TokenID]] = []) {
        for sequence in sequences { add(sequence.first ?? 0, Array(sequence.dropFirst())) }
    }

    /// Finds the tokens in which a text lies, and those that end in the beginning of one, together with the tokens of the
    /// rest of that text. A pass over the vocabulary: some milliseconds.
    package init(_ texts: [String], _ tokenizer: Tokenizer) {
        let texts = texts.map { Array($0.utf8) }
        let vocabulary = TokenID(tokenizer.vocabulary.count)
        for token in 0..<vocabulary {
            let bytes = tokenizer.bytes(of: token, showSpecial: true)
            for text in texts where !text.isEmpty {
                for start in bytes.indices where bytes[start] == text[0] {
                    let common = zip(bytes[start...], text).prefix { $0 == $1 }.count
                    if common == text.count {
                        add(token, [])
                    } else if start + common == bytes.count {
                        add(token, Array(tokenizer.tokens(ofRest: text[common...]).prefix(Self.longestTail)))
                    }
                }
            }
        }
    }

    private mutating func add(_ token: TokenID, _ tail: [TokenID]) {
        if tails[token]?.contains(tail) != true { tails[token, default: []].append(tail) }
    }

    /// Whether a token breaks sequences without others.
    func isBreaker(_ token: TokenID) -> Bool { tails[token]?.contains([]) == true }

    /// How many tokens stand behind the last breaker in a text; all where there is none.
    func lengthBehindLast(in text: ArraySlice<TokenID>) -> Int {
        for start in text.indices.reversed() {
            guard let tails = tails[text[start]] else { continue }
            let behind = text[(start + 1)...]
            let longest = tails.filter { behind.starts(with: $0) }.map(\.count).max()
            if let longest { return behind.count - longest }
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
