/// Turns text into tokens and tokens into text, with the vocabulary of a model file.
///
/// Text is bytes: every byte survives `encode` and `decode`, also where it is not UTF-8, as long as the vocabulary has
/// a token for it (SentencePiece: byte tokens and the piece `▁`; byte-level BPE: all 256 byte pieces). The one exception
/// is U+2581 `▁`, which SentencePiece itself reads as a space.
public struct Tokenizer: Sendable {
    private enum Algorithm: Sendable {
        case sentencePiece(SentencePieceBPE)
        case byteLevelBPE(ByteLevelBPE)
    }

    /// The vocabulary, as given.
    public let vocabulary: Vocabulary
    private let algorithm: Algorithm
    /// Pieces that plain text may become.
    private let textPieces: PieceTable
    /// Control, unknown and byte pieces.
    private let otherPieces: PieceTable
    /// Pieces that are always one token in byte-level BPE; SentencePiece looks for its own while it cuts.
    private let literals: PieceTrie
    /// All pieces that may stand literally in a text with special tokens.
    private let specials: PieceTrie
    /// What every token reads as, before control tokens are hidden.
    private let texts: ByteStrings
    private let endsGeneration: Set<TokenID>

    /// Whether texts begin with a space that is not theirs.
    var hasSpacePrefix: Bool {
        if case .sentencePiece = algorithm { vocabulary.addsSpacePrefix } else { false }
    }

    /// Whether no byte of a text is left out or shares an unknown token with others.
    var hasTokenForEveryByte: Bool {
        switch algorithm {
        case .sentencePiece(let model): model.hasTokenForEveryByte
        case .byteLevelBPE(let model): model.hasTokenForEveryByte
        }
    }

    /// The bytes of the longest piece.
    var longestPiece: Int { max(textPieces.longest, otherPieces.longest) }

    /// Checks the vocabulary and prepares the tables: some 0.2 s for Llama 3's 128,000 pieces and 280,000 merges.
    ///
    /// Throws `TextError` where lists differ in length, an id is outside the vocabulary, a merge names no piece, a
    /// byte piece is misspelled, or scores or a way to express every byte are missing.
    public init(model: TokenizerModel, vocabulary: Vocabulary) throws(TextError) {
        try vocabulary.check()
        self.vocabulary = vocabulary
        // Normal pieces go last, because the last of equal pieces is found: a user-defined `é` and the byte-level
        // spelling of the byte 0xE9 have the same bytes.
        let textPieces = PieceTable(
            pieces: vocabulary.pieces,
            indices: vocabulary.indices(ofKinds: .userDefined, .unused) + vocabulary.indices(ofKinds: .normal))
        let otherPieces = PieceTable(
            pieces: vocabulary.pieces, indices: vocabulary.indices(ofKinds: .control, .unknown, .byte))
        (self.textPieces, self.otherPieces) = (textPieces, otherPieces)
        switch model {
        case .sentencePiece:
            algorithm = .sentencePiece(try SentencePieceBPE(vocabulary: vocabulary, pieces: textPieces))
            literals = PieceTrie()
        case .byteLevelBPE(let preTokenizer, let merges):
            algorithm = .byteLevelBPE(
                try ByteLevelBPE(
                    vocabulary: vocabulary, pieces: textPieces, otherPieces: otherPieces, preTokenizer: preTokenizer,
                    merges: merges))
            literals = try PieceTrie(vocabulary, indices: vocabulary.indices(ofKinds: .userDefined))
        }
        specials = try PieceTrie(vocabulary, indices: vocabulary.indices(ofKinds: .userDefined, .control, .unknown))
        texts = Self.texts(vocabulary, model)
        endsGeneration = Self.generationEnds(vocabulary)
    }

    /// The token whose raw piece has exactly these bytes; of several the last,
    /// ordinary text first and control tokens last.
    public func id(ofPiece piece: [UInt8]) -> TokenID? { textPieces.id(of: piece) ?? otherPieces.id(of: piece) }
}

extension Tokenizer {
    /// The tokens of a text.
    ///
    /// - Parameters:
    ///   - addSpecial: whether BOS and EOS are added where the model wants them.
    ///   - parseSpecial: whether control tokens spelled in the text (`<|im_end|>`) become those tokens. Otherwise they
    ///     are plain text: text from others cannot forge them. User-defined pieces are tokens either way.
    public func encode(_ text: [UInt8], addSpecial: Bool, parseSpecial: Bool) -> [TokenID] {
        var tokens: [TokenID] = []
        if addSpecial, vocabulary.addsBOS, let bos = vocabulary.bos { tokens.append(bos) }
        text.withUnsafeBufferPointer { encode($0, parseSpecial: parseSpecial, into: &tokens) }
        if addSpecial, vocabulary.addsEOS, let eos = vocabulary.eos { tokens.append(eos) }
        return tokens
    }

    /// The tokens of a text.
    public func encode(_ text: String, addSpecial: Bool, parseSpecial: Bool) -> [TokenID] {
        encode(Array(text.utf8), addSpecial: addSpecial, parseSpecial: parseSpecial)
    }

    /// Cuts the text at literal tokens, the longest at the leftmost place, and encodes what lies between.
    private func encode(_ text: UnsafeBufferPointer<UInt8>, parseSpecial: Bool, into tokens: inout [TokenID]) {
        let trie = parseSpecial ? specials : literals
        var start = 0
        var position = 0
        while position < text.count, !trie.isEmpty {
            guard let match = trie.longestMatch(in: text, from: position, to: text.count) else {
                position += 1
                continue
            }
            if !isLeftToSentencePiece(match.id) {
                encodePlain(text[start..<position], into: &tokens)
                tokens.append(match.id)
                start = position + match.length
            }
            position += match.length
        }
        encodePlain(text[start...], into: &tokens)
    }

    /// SentencePiece matches user-defined pieces itself: they do not interrupt a text, so that no space is put behind.
    private func isLeftToSentencePiece(_ id: TokenID) -> Bool {
        guard case .sentencePiece = algorithm else { return false }
        return vocabulary.kinds[Int(id)] == .userDefined
    }

    /// Encodes a stretch without control tokens. A space is put before every such stretch, not only the first, as
    /// llama.cpp does: `[INST]hello` reads like `[INST] hello`.
    private func encodePlain(_ text: Slice<UnsafeBufferPointer<UInt8>>, into tokens: inout [TokenID]) {
        guard !text.isEmpty else { return }
        switch algorithm {
        case .sentencePiece(let model):
            model.encode(text, addsSpace: vocabulary.addsSpacePrefix, into: &tokens)
        case .byteLevelBPE(let model):
            model.encode(UnsafeBufferPointer(rebasing: text), into: &tokens)
        }
    }
}

// MARK: - Back to text

extension Tokenizer {
    private static func texts(_ vocabulary: Vocabulary, _ model: TokenizerModel) -> ByteStrings {
        var texts = ByteStrings()
        texts.reserve(count: vocabulary.count, byteCount: vocabulary.pieces.reduce(0) { $0 + $1.count })
        for (piece, kind) in zip(vocabulary.pieces, vocabulary.kinds) {
            switch (kind, model) {
            case (.byte, _): texts.append(SentencePieceBPE.byte(of: piece).map { [$0] } ?? piece)
            case (.control, _), (.unknown, _): texts.append(piece)
            case (_, .sentencePiece): texts.append(SentencePieceBPE.unescaped(piece))
            case (.userDefined, .byteLevelBPE): texts.append(piece)
            case (_, .byteLevelBPE): texts.append(ByteAlphabet.decode(piece))
            }
        }
        return texts
    }

    /// The bytes that a token adds to a text; perhaps only part of a character.
    ///
    /// Control and unknown tokens add nothing unless `showSpecial`; an id outside the vocabulary never adds anything.
    public func bytes(of id: TokenID, showSpecial: Bool = false) -> [UInt8] {
        guard vocabulary.contains(id), showSpecial || !isSpecial(id) else { return [] }
        return Array(texts[Int(id)])
    }

    /// The text of the tokens, as bytes.
    ///
    /// The space that SentencePiece put before the text is taken off again, unless the tokens continue another text.
    public func decode(_ ids: [TokenID], showSpecial: Bool = false, isContinuation: Bool = false) -> [UInt8] {
        var state = SpacePrefix(isPending: hasSpacePrefix && !isContinuation)
        return ids.flatMap { state.bytes(of: $0, in: self, showSpecial: showSpecial) }
    }

    /// Whether a token is a control or unknown token (or no token at all): not part of the text.
    public func isSpecial(_ id: TokenID) -> Bool {
        guard vocabulary.contains(id) else { return true }
        let kind = vocabulary.kinds[Int(id)]
        return kind == .control || kind == .unknown
    }

    /// Whether the token ends what a model has to say: EOS, end of turn, and the pieces known for it.
    public func isEndOfGeneration(_ id: TokenID) -> Bool { endsGeneration.contains(id) }

    /// The tokens that end what a model has to say, in order.
    public var endOfGenerationTokens: [TokenID] { endsGeneration.sorted() }

    /// Ordinary pieces can spell `</s>` (the end of struck-through HTML), but hardly `<|im_end|>`.
    private static func generationEnds(_ vocabulary: Vocabulary) -> Set<TokenID> {
        let names: Set = [
            "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|endoftext|>", "<|end|>", "<|eot|>",
            "<end_of_turn>", "<turn|>", "<|end_of_turn|>", "<|END_OF_TURN_TOKEN|>", "<end_of_utterance>", "<|return|>",
            "<|call|>", "<\u{FF5C}end\u{2581}of\u{2581}sentence\u{FF5C}>", "<EOT>", "</s>",
        ]
        var ends = Set([vocabulary.eos, vocabulary.endOfTurn].compactMap { $0 })
        for (index, piece) in vocabulary.pieces.enumerated() where piece.first == UInt8(ascii: "<") {
            let isLiteral = vocabulary.kinds[index] == .control || vocabulary.kinds[index] == .userDefined
            guard isLiteral || piece.starts(with: "<|".utf8), piece.count < 32 else { continue }
            if names.contains(String(decoding: piece, as: UTF8.self)) { ends.insert(TokenID(index)) }
        }
        return ends
    }
}

/// Takes the space that SentencePiece puts before a text off the first token that is text.
struct SpacePrefix {
    var isPending: Bool

    mutating func bytes(of id: TokenID, in tokenizer: Tokenizer, showSpecial: Bool) -> [UInt8] {
        let bytes = tokenizer.bytes(of: id, showSpecial: showSpecial)
        guard isPending, !tokenizer.isSpecial(id) else { return bytes }
        isPending = false
        // A byte token <0x20> is not the prefix: that is always U+2581.
        let isPrefixed = tokenizer.vocabulary.kinds[Int(id)] != .byte && bytes.first == 0x20
        return isPrefixed ? Array(bytes.dropFirst()) : bytes
    }
}
