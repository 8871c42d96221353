import LlamaradaErrors

/// The tokens of tiktoken's text in the order of their ranks, and the merges that follow from them.
struct TiktokenRanks: Sendable {
    /// The bytes of each token; its rank is its index.
    let tokens: [ArraySlice<UInt8>]
    private let file: String

    /// Llama 3's longest has 128 bytes.
    private static let longestToken = 256
    /// Many times what Llama 3's 280,000 have.
    private static let largestMerges = 32 << 20

    init(_ text: [UInt8], file: String) throws(CheckpointError) {
        self.file = file
        var found: [(rank: Int, range: Range<Int>)] = []
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        for (index, line) in text.split(separator: UInt8(ascii: "\n")).enumerated() {
            let start = bytes.count
            guard let rank = Self.read(line, appendingTo: &bytes), 1...Self.longestToken ~= bytes.count - start else {
                throw CheckpointError(
                    .invalid, file: file,
                    problem:
                        "line \(index + 1): expected 1 to \(Self.longestToken) bytes in Base64 and a rank, found "
                        + String(decoding: line.prefix(80), as: UTF8.self).quoted(), remedy: .fetchAgain)
            }
            found.append((rank, start..<bytes.count))
        }
        found.sort { $0.rank < $1.rank }
        guard found.count < PieceList.largestCount, found.indices.allSatisfy({ found[$0].rank == $0 }) else {
            throw Self.invalid("every rank from 0 on once, and fewer than \(PieceList.largestCount)", file)
        }
        tokens = found.map { bytes[$0.range] }
        // Others could not say every text.
        guard Set(tokens).count == tokens.count, tokens.count(where: { $0.count == 1 }) == 256 else {
            throw Self.invalid("every token once, and all 256 bytes among them", file)
        }
    }

    /// The pairs of tokens that make a token, the first merge first.
    ///
    /// tiktoken joins whichever two neighbours make the token of the lowest rank. So every pair that makes a token is a merge of
    /// its rank: what Llama 3's `tokenizer.json` lists, in the same order.
    func merges() throws(CheckpointError) -> [(left: ArraySlice<UInt8>, right: ArraySlice<UInt8>)] {
        let ranks = Dictionary(uniqueKeysWithValues: zip(tokens, tokens.indices))
        var merges: [(left: ArraySlice<UInt8>, right: ArraySlice<UInt8>)] = []
        var byteCount = 0
        var pairs: [(left: Int, right: Int)] = []
        for token in tokens where token.count > 1 {
            pairs.removeAll(keepingCapacity: true)
            for middle in token.indices.dropFirst() {
                guard let left = ranks[token[..<middle]], let right = ranks[token[middle...]] else { continue }
                pairs.append((left, right))
            }
            pairs.sort(by: <)
            byteCount += pairs.count * token.count
            guard byteCount <= Self.largestMerges else {
                throw Self.invalid("merges of at most \(Self.largestMerges) bytes", file)
            }
            for pair in pairs { merges.append((tokens[pair.left], tokens[pair.right])) }
        }
        return merges
    }

    private static func invalid(_ expected: String, _ file: String) -> CheckpointError {
        CheckpointError(.invalid, file: file, problem: "expected \(expected)", remedy: .fetchAgain)
    }
}

extension TiktokenRanks {
    /// Appends a line's token and gives its rank; nil where it is no such line.
    private static func read(_ line: ArraySlice<UInt8>, appendingTo bytes: inout [UInt8]) -> Int? {
        var line = line
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard let space = line.firstIndex(of: 0x20), decode(line[..<space], appendingTo: &bytes) else { return nil }
        return rank(line[(space + 1)...])
    }

    private static func rank(_ digits: ArraySlice<UInt8>) -> Int? {
        guard 1...9 ~= digits.count, digits.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// Base64 with its padding.
    private static func decode(_ text: ArraySlice<UInt8>, appendingTo bytes: inout [UInt8]) -> Bool {
        guard text.count % 4 == 0 else { return false }
        let characters = text.dropLast(text.suffix(2).count(where: { $0 == UInt8(ascii: "=") }))
        var (bits, width) = (0, 0)
        for character in characters {
            guard let value = value(of: character) else { return false }
            bits = bits << 6 & 0xFFFF | value
            width += 6
            guard width >= 8 else { continue }
            width -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> width))
        }
        return true
    }

    /// The six bits of a character of Base64.
    static func value(of character: UInt8) -> Int? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(character) - 0x41
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(character) - 0x61 + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(character) - 0x30 + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
