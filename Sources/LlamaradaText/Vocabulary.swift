/// A token's number: its index in the vocabulary.
public typealias TokenID = Int32

/// What a vocabulary piece is for; raw values as in GGUF's `tokenizer.ggml.token_type`.
public enum TokenKind: Int32, Sendable, Hashable, CaseIterable {
    /// Ordinary text.
    case normal = 1
    /// Stands for text that no other piece can express.
    case unknown = 2
    /// Marks structure, such as the beginning of a text; never made from plain text.
    case control = 3
    /// A literal string that is always one token.
    case userDefined = 4
    /// Reserved; never produced.
    case unused = 5
    /// One byte, spelled `<0xNN>`.
    case byte = 6
}

/// The pieces that a model knows and how it wants them used: plain data, as read from a model file.
///
/// Nothing is checked here; `Tokenizer.init` does.
public struct Vocabulary: Sendable {
    /// The raw pieces; a token's id is its index. UTF-8 by custom, but any bytes are allowed.
    public var pieces: [[UInt8]]
    /// One score a piece for SentencePiece, where the highest merges first; empty for byte-level BPE.
    public var scores: [Float]
    /// One kind a piece.
    public var kinds: [TokenKind]
    /// Begins a text.
    public var bos: TokenID?
    /// Ends a text.
    public var eos: TokenID?
    /// Stands for text that no other piece can express.
    public var unknown: TokenID?
    /// Fills batches; not used by the tokenizers.
    public var padding: TokenID?
    /// Ends a turn of a conversation.
    public var endOfTurn: TokenID?
    /// Whether a text begins with `bos`.
    public var addsBOS: Bool
    /// Whether a text ends with `eos`.
    public var addsEOS: Bool
    /// Whether SentencePiece puts a space before a text (its "dummy prefix"); byte-level BPE ignores it.
    public var addsSpacePrefix: Bool

    /// Makes a vocabulary; whatever is left out is absent or off.
    public init(
        pieces: [[UInt8]], scores: [Float] = [], kinds: [TokenKind], bos: TokenID? = nil, eos: TokenID? = nil,
        unknown: TokenID? = nil, padding: TokenID? = nil, endOfTurn: TokenID? = nil, addsBOS: Bool = false,
        addsEOS: Bool = false, addsSpacePrefix: Bool = false
    ) {
        self.pieces = pieces
        self.scores = scores
        self.kinds = kinds
        self.bos = bos
        self.eos = eos
        self.unknown = unknown
        self.padding = padding
        self.endOfTurn = endOfTurn
        self.addsBOS = addsBOS
        self.addsEOS = addsEOS
        self.addsSpacePrefix = addsSpacePrefix
    }
}

extension Vocabulary {
    /// The number of pieces.
    public var count: Int { pieces.count }

    /// Whether the id names a piece.
    public func contains(_ id: TokenID) -> Bool { pieces.indices.contains(Int(id)) }

    /// The longest piece that is accepted, in bytes; real ones have a few hundred at most. Looking for pieces in a text
    /// costs up to this much a byte of text.
    static let longestPiece = 4096

    /// The indices of the pieces of the given kinds, in order, without the empty ones.
    func indices(ofKinds wanted: TokenKind...) -> [Int] {
        pieces.indices.filter { wanted.contains(kinds[$0]) && !pieces[$0].isEmpty }
    }

    /// Throws unless every list has one entry a piece, every special id names a piece and no piece is absurdly long.
    func check() throws(TextError) {
        guard !pieces.isEmpty else { throw TextError(.invalidVocabulary, "the vocabulary is empty") }
        // Ids are Int32, and -1 marks an empty slot in the tables.
        guard pieces.count < Int(Int32.max) else {
            throw TextError(.invalidVocabulary, "the vocabulary has \(pieces.count) pieces; at most \(Int32.max - 1)")
        }
        guard kinds.count == pieces.count else {
            throw TextError(
                .invalidVocabulary, "the vocabulary has \(pieces.count) pieces but \(kinds.count) token types")
        }
        if let long = pieces.firstIndex(where: { $0.count > Self.longestPiece }) {
            throw TextError(
                .invalidVocabulary,
                "piece \(long) (\(TextError.quoted(pieces[long]))) has \(pieces[long].count) bytes; "
                    + "at most \(Self.longestPiece) are allowed")
        }
        for (name, id) in [("BOS", bos), ("EOS", eos), ("unknown", unknown), ("end-of-turn", endOfTurn)] {
            guard let id, !contains(id) else { continue }
            throw TextError(
                .invalidVocabulary, "the \(name) token id \(id) is outside the vocabulary of \(pieces.count) pieces")
        }
    }
}
