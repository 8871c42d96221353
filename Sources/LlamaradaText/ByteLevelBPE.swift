/// Byte-level BPE: text is cut into words, each word into bytes, and neighbours merge by the rank of their merge.
///
/// Source: Radford et al., "Language Models are Unsupervised Multitask Learners" (2019), section 2.2.
struct ByteLevelBPE: Sendable {
    /// What a pair of tokens becomes, and how early.
    private struct Merge {
        var rank: UInt32
        let result: TokenID

        /// Of equal merges the first counts; their result is the same.
        mutating func keepFirst(rank other: UInt32) { rank = min(rank, other) }
    }

    private let preTokenizer: PreTokenizer
    private let pieces: PieceTable
    /// The token of every byte; -1 where the vocabulary has none.
    private let byteTokens: [TokenID]
    private var merges: [UInt64: Merge] = [:]
    private let unknown: TokenID?
    /// User-defined pieces that are not what they would spell: those read `Ġa`, the bytes that merge to `Ġa` read ` a`.
    private let literals: Set<TokenID>

    /// Merges that would make a token that is not text (a control token, say) or another text are left out.
    ///
    /// Throws `TextError` for a merge that is not two pieces of the vocabulary, or whose result is none.
    init(
        vocabulary: Vocabulary, pieces: PieceTable, otherPieces: PieceTable, preTokenizer: PreTokenizer,
        merges lines: [[UInt8]]
    ) throws(TextError) {
        self.preTokenizer = preTokenizer
        self.pieces = pieces
        // Some files name a control token here (SmolLM2: `<|endoftext|>`), which text must not become.
        unknown = vocabulary.unknown.flatMap { vocabulary.kinds[Int($0)] == .unknown ? $0 : nil }
        literals = Set(
            vocabulary.indices(ofKinds: .userDefined)
                .filter { ByteAlphabet.decode(vocabulary.pieces[$0]) != vocabulary.pieces[$0] }.map(TokenID.init))
        byteTokens = (UInt8.min...UInt8.max).map { byte in
            // A user-defined piece stands for itself, not for the byte that it would spell.
            guard let id = pieces.id(of: ByteAlphabet.spelling(of: byte)) else { return -1 }
            return vocabulary.kinds[Int(id)] == .userDefined ? -1 : id
        }
        merges.reserveCapacity(lines.count)
        var joined: [UInt8] = []
        for (rank, line) in lines.enumerated() {
            // Pieces hold no space, but a lone space as the left piece is at least unambiguous.
            guard let space = line.dropFirst().firstIndex(of: 0x20), space + 1 < line.count else {
                throw TextError(.invalidVocabulary, "merge \(rank) (\(TextError.quoted(line))) is not two pieces")
            }
            joined.removeAll(keepingCapacity: true)
            joined += line[..<space]
            joined += line[(space + 1)...]
            guard let left = pieces.id(of: line[..<space]), let right = pieces.id(of: line[(space + 1)...]),
                let result = pieces.id(of: joined[...])
            else {
                for part in [line[..<space], line[(space + 1)...], joined[...]] {
                    if pieces.id(of: part) != nil || otherPieces.id(of: part) != nil { continue }
                    throw TextError(
                        .invalidVocabulary,
                        "merge \(rank) (\(TextError.quoted(line))) needs the piece \(TextError.quoted(part)), "
                            + "which the vocabulary does not have")
                }
                continue
            }
            guard !literals.contains(result) else { continue }
            merges[Self.key(left, right), default: Merge(rank: .max, result: result)]
                .keepFirst(rank: UInt32(clamping: rank))
        }
    }

    /// Whether every byte has a token of its own.
    var hasTokenForEveryByte: Bool { !byteTokens.contains(-1) }

    private static func key(_ left: TokenID, _ right: TokenID) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// Appends the tokens of a text.
    func encode(_ text: UnsafeBufferPointer<UInt8>, into tokens: inout [TokenID]) {
        var list = MergeList()
        var spelled: [UInt8] = []
        preTokenizer.forEachWord(of: text) { word in
            if preTokenizer == .llama3, let id = wholeWord(text[word], &spelled) {
                tokens.append(id)
                return
            }
            list.removeAll()
            for position in word {
                list.append(start: position, end: position + 1, id: byteTokens[Int(text[position])])
            }
            list.mergeAll { left, right in
                guard left.id >= 0, right.id >= 0, let merge = merges[Self.key(left.id, right.id)] else { return nil }
                return (merge.rank, merge.result)
            }
            list.forEach { symbol in
                // Without a token for a byte and without an unknown token there is nothing to say: llama.cpp drops it.
                if let id = symbol.id >= 0 ? symbol.id : unknown { tokens.append(id) }
            }
        }
    }

    /// The piece that is a whole word; `spelled` is scratch memory.
    private func wholeWord(_ word: Slice<UnsafeBufferPointer<UInt8>>, _ spelled: inout [UInt8]) -> TokenID? {
        guard word.count <= pieces.longest else { return nil }
        spelled.removeAll(keepingCapacity: true)
        for byte in word { spelled.append(contentsOf: UTF8.encode(ByteAlphabet.scalars[Int(byte)]) ?? .init()) }
        return pieces.id(of: spelled).flatMap { literals.contains($0) ? nil : $0 }
    }
}
