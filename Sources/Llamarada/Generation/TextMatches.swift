package import LlamaradaText

/// Where a text's newest tokens came before: an index that takes a token in constant time and keeps some 30 bytes of it.
///
/// Places of each pair of tokens are chained, the latest first, as LZ77's compressors do it; of the last few the one with
/// the longest common past counts.
package struct TextMatches: Sendable {
    /// An earlier place that the text has in common with its end.
    package struct Match: Sendable, Equatable {
        /// What comes next there: an index of `tokens`.
        package var place: Int
        /// How many tokens before it are those at the end, at most `longestLength`.
        package var length: Int

        package init(place: Int, length: Int) {
            self.place = place
            self.length = length
        }
    }

    package private(set) var tokens: [TokenID] = []
    /// The longest match of the whole text, of several the latest; nil where its last two tokens are new.
    package private(set) var longest: Match?
    /// By pair of tokens: the place behind its latest occurrence.
    private var latest: [UInt64: Int32] = [:]
    /// By place: the one before it behind the same pair; 0 where there is none.
    private var earlier: [Int32] = [0]

    /// Matches are not looked at beyond: so long ones are nearly always right.
    package static let longestLength = 32
    /// Places that are looked at.
    private static let mostVisits = 16

    /// - Parameter text: fewer than 2³¹ tokens.
    package init(_ text: [TokenID]) {
        tokens.reserveCapacity(text.count)
        for token in text { add(token) }
        longest = findLongest()
    }

    package mutating func append(_ token: TokenID) {
        add(token)
        longest = findLongest()
    }

    private mutating func add(_ token: TokenID) {
        tokens.append(token)
        guard tokens.count >= 2 else { return earlier.append(0) }
        let pair =
            UInt64(UInt32(bitPattern: tokens[tokens.count - 2])) << 32 | UInt64(UInt32(bitPattern: token))
        earlier.append(latest.updateValue(Int32(tokens.count), forKey: pair) ?? 0)
    }

    private func findLongest() -> Match? {
        var best: Match?
        var place = Int(earlier[tokens.count])
        for _ in 0..<Self.mostVisits where place > 0 {
            let length = commonLength(before: place)
            if length > best?.length ?? 0 { best = Match(place: place, length: length) }
            if length == Self.longestLength { break }
            place = Int(earlier[place])
        }
        return best
    }

    /// How many tokens before a place are those at the end of the text.
    private func commonLength(before place: Int) -> Int {
        var length = 0
        while length < min(place, Self.longestLength), tokens[place - 1 - length] == tokens[tokens.count - 1 - length] {
            length += 1
        }
        return length
    }

    /// The tokens that followed a match. Where they reach the end of the text, they go on as if it repeated itself.
    package func continuation(of match: Match, count: Int) -> [TokenID] {
        let period = tokens.count - match.place
        return (0..<count).map { tokens[match.place + $0 % period] }
    }
}
