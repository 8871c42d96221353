/// Byte-level BPE: text is cut into words, each word into bytes, and neighbours merge by the rank of their merge.
///
/// Source: Radford et al., "Language Models are Unsupervised Multitask Learners" (2019), section 2.2.
struct ByteLevelBPE: Sendable {
    /// What a pair of tokens becomes, and how early.
    private struct Merge {
        var rank: UInt32
        var result: TokenID
    }

    private let preTokenizer: PreTokenizer
    private let pieces: PieceTable
    /// The token of every byte; -1 where the vocabulary has none.
    private let byteTokens: [TokenID]
    private var merges: [UInt64: Merge] = [:]
    private let unknown: TokenID?

    /// Merges that would make a token that is not text (a control token, say) are left out.
    ///
    /// Throws `TextError` for a merge that is not two pieces of the vocabulary, or whose result is none.
    init(vocabulary: Vocabulary, everyPiece: PieceTable, preTokenizer: PreTokenizer, merges lines: [[UInt8]])
        throws(TextError)
    {
        self.preTokenizer = preTokenizer
        // Some files name a control token here (SmolLM2: `<|endoftext|>`), which text must not become.
        unknown = vocabulary.unknown.flatMap { vocabulary.kinds[Int($0)] == .unknown ? $0 : nil }
        let table = PieceTable(
            pieces: vocabulary.pieces, indices: vocabulary.indices(ofKinds: .normal, .userDefined, .unused))
        pieces = table
        byteTokens = (UInt8.min...UInt8.max).map { table.id(of: ByteAlphabet.spelling(of: $0)) ?? -1 }
        merges.reserveCapacity(lines.count)
        for (rank, line) in lines.enumerated() {
            // Pieces hold no space, but a lone space as the left piece is at least unambiguous.
            guard let space = line.dropFirst().firstIndex(of: 0x20), space + 1 < line.count else {
                throw TextError(.invalidVocabulary, "merge \(rank) (\(TextError.quoted(line))) is not two pieces")
            }
            var joined = line
            joined.remove(at: space)
            let parts = [line[..<space], line[(space + 1)...], joined[...]]
            let ids = parts.map { part in part.withUnsafeBytes { table.id(of: $0) } }
            guard let left = ids[0], let right = ids[1], let result = ids[2] else {
                try Self.check(parts, areIn: everyPiece, rank: rank, line: line)
                continue
            }
            let key = Self.key(left, right)
            if merges[key] == nil { merges[key] = Merge(rank: UInt32(clamping: rank), result: result) }
        }
    }

    private static func check(
        _ parts: [ArraySlice<UInt8>], areIn everyPiece: PieceTable, rank: Int, line: [UInt8]
    ) throws(TextError) {
        for part in parts where everyPiece.id(of: Array(part)) == nil {
            throw TextError(
                .invalidVocabulary,
                "merge \(rank) (\(TextError.quoted(line))) needs the piece \(TextError.quoted(part)), "
                    + "which the vocabulary does not have")
        }
    }

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
        return pieces.id(of: spelled)
    }
}
