import LlamaradaText

/// Reads a small vocabulary from the front of libFuzzer's bytes; whatever they are, they mean something.
struct FuzzedVocabulary {
    /// What is left for the text.
    var rest: [UInt8] { Array(bytes[position...]) }
    /// Whether every byte has a token, so that any text comes back.
    private(set) var expressesEveryByte = false
    /// Whether the text is to be tried as a long one too.
    private(set) var repeats = false
    /// What the merges join, two and two: the text of these tokens is sure to meet them.
    private(set) var merged: [TokenID] = []
    private var vocabulary = Vocabulary(pieces: [], kinds: [])
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private mutating func next() -> UInt8 {
        guard position < bytes.count else { return 0 }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func make() -> (model: TokenizerModel, vocabulary: Vocabulary) {
        let flags = next()
        let isSentencePiece = flags & 1 != 0
        let preTokenizer = PreTokenizer.allCases[Int(flags >> 1) % 4]
        expressesEveryByte = flags & 8 == 0
        vocabulary.addsSpacePrefix = flags & 16 != 0
        (vocabulary.addsBOS, vocabulary.addsEOS) = (flags & 32 != 0, flags & 64 != 0)
        if expressesEveryByte { addBytes(isSentencePiece: isSentencePiece) }
        for _ in 0..<next() % 64 { addPiece() }
        let merges = isSentencePiece ? [] : (0..<next() % 64).map { _ in merge() }
        addSpecialIDs()
        return (
            isSentencePiece ? .sentencePiece : .byteLevelBPE(preTokenizer: preTokenizer, merges: merges), vocabulary
        )
    }

    private mutating func add(_ piece: [UInt8], _ kind: TokenKind, score: Float) {
        vocabulary.pieces.append(piece)
        vocabulary.kinds.append(kind)
        vocabulary.scores.append(score)
    }

    private mutating func addBytes(isSentencePiece: Bool) {
        for piece in isSentencePiece ? Self.bytePieces : Self.byteSpellings {
            add(piece, isSentencePiece ? .byte : .normal, score: 0)
        }
        if isSentencePiece { add(Array("\u{2581}".utf8), .normal, score: 0) }
    }

    private static let byteSpellings = (UInt8.min...UInt8.max).map(ByteAlphabet.spelling)

    private static let bytePieces = (UInt8.min...UInt8.max).map { byte in
        Array("<0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))>".utf8)
    }

    /// A piece of up to 15 bytes, of any kind, with a score that may be anything.
    private mutating func addPiece() {
        let (head, score) = (next(), Int8(bitPattern: next()))
        let piece = (0..<head & 15).map { _ in next() }
        let special: [Int8: Float] = [-128: -.infinity, 127: .infinity, -127: .nan, -126: -0.0]
        // Kinds 0 and 7 are none: ordinary pieces are the most.
        let kind = TokenKind(rawValue: Int32(head >> 4 & 7)) ?? .normal
        // A byte piece that is misspelled would only end the test early.
        add(piece, kind == .byte && expressesEveryByte ? .normal : kind, score: special[score] ?? Float(score))
    }

    /// A merge of two pieces, whose result is added where it is missing, or any bytes.
    private mutating func merge() -> [UInt8] {
        let (first, second) = (Int(next()), Int(next()))
        guard !vocabulary.pieces.isEmpty, first != 0xFF else { return (0..<second % 8).map { _ in next() } }
        // Counted from the end, where the pieces lie that are not single bytes.
        let ids = [first, second].map { vocabulary.count - 1 - $0 % vocabulary.count }
        merged += ids.map(TokenID.init)
        let (left, right) = (vocabulary.pieces[ids[0]], vocabulary.pieces[ids[1]])
        let joined = left + right
        let kind = TokenKind(rawValue: Int32(next() & 7)) ?? .normal
        // Short, because merges of merges grow exponentially.
        if joined.count <= 64, !vocabulary.pieces.contains(joined) { add(joined, kind, score: 0) }
        return left + [0x20] + right
    }

    private mutating func addSpecialIDs() {
        let flags = next()
        func id(_ bit: UInt8, _ number: UInt8) -> TokenID? {
            flags & bit != 0 ? TokenID(Int8(bitPattern: number)) : nil
        }
        vocabulary.bos = id(1, next() & 127)
        vocabulary.eos = id(2, next() & 127)
        vocabulary.unknown = id(4, next())
        vocabulary.endOfTurn = id(8, next())
        // Byte-level BPE has no scores.
        if flags & 16 != 0 { vocabulary.scores = [] }
        // Seldom, because it takes a hundred times as long.
        repeats = flags >> 5 == 5
    }
}
