/// SentencePiece's BPE: characters merge by the score of the piece that they make, over the whole text at once.
///
/// Source: Kudo and Richardson, "SentencePiece" (2018), with the identity normaliser that Llama models use: spaces
/// become `▁`, and nothing else changes. Bytes that are not UTF-8 are symbols of their own, so that none is lost
/// (SentencePiece itself would replace them by U+FFFD).
struct SentencePieceBPE: Sendable {
    /// The piece that stands for a space, U+2581 in UTF-8.
    static let space: [UInt8] = [0xE2, 0x96, 0x81]

    private let pieces: PieceTable
    private let userDefined: PieceTrie
    /// Merge order by token: the highest score is the lowest number.
    private let orders: [UInt32]
    /// The token of every byte; -1 where the vocabulary has none.
    private let byteTokens: [TokenID]
    private let unused: Set<TokenID>
    private let unknown: TokenID?
    /// Whether no piece goes on with `▁` behind another character: then merging never crosses such a place, and the
    /// words on both sides are merged apart, in small queues.
    private let mergesWithinWords: Bool

    /// Throws `TextError` where scores are missing, a byte piece is not `<0xNN>`, or some text would have no tokens.
    init(vocabulary: Vocabulary, pieces: PieceTable) throws(TextError) {
        guard vocabulary.scores.count == vocabulary.count else {
            throw TextError(
                .invalidVocabulary,
                "the vocabulary has \(vocabulary.count) pieces but \(vocabulary.scores.count) scores")
        }
        self.pieces = pieces
        orders = vocabulary.scores.map(Self.order)
        unused = Set(vocabulary.indices(ofKinds: .unused).map(TokenID.init))
        unknown = vocabulary.unknown
        // A piece that ends within `▁` would cut the `▁` that stands for a space, and the space would not come back.
        userDefined = try PieceTrie(
            vocabulary,
            indices: vocabulary.indices(ofKinds: .userDefined).filter { index in
                (1...2).allSatisfy { !vocabulary.pieces[index].suffix($0).elementsEqual(Self.space.prefix($0)) }
            }, Self.escaped)
        byteTokens = try Self.byteTokens(vocabulary)
        guard unknown != nil || !byteTokens.contains(-1) else {
            throw TextError(
                .invalidVocabulary,
                "the vocabulary has neither an unknown token nor all 256 byte tokens; some text would have no tokens")
        }
        mergesWithinWords =
            unused.isEmpty
            && vocabulary.indices(ofKinds: .normal).allSatisfy { !Self.crossesWords(vocabulary.pieces[$0]) }
    }

    /// Whether every byte has a token of its own.
    var hasTokenForEveryByte: Bool { !byteTokens.contains(-1) }

    private static func byteTokens(_ vocabulary: Vocabulary) throws(TextError) -> [TokenID] {
        var tokens = [TokenID](repeating: -1, count: 256)
        for index in vocabulary.pieces.indices where vocabulary.kinds[index] == .byte {
            guard let byte = byte(of: vocabulary.pieces[index]) else {
                throw TextError(
                    .invalidVocabulary,
                    "byte token \(index) is \(TextError.quoted(vocabulary.pieces[index])), expected '<0xNN>'")
            }
            tokens[Int(byte)] = TokenID(index)
        }
        return tokens
    }

    /// The byte that a piece `<0xNN>` stands for: exactly two hexadecimal digits.
    static func byte(of piece: [UInt8]) -> UInt8? {
        guard piece.count == 6, piece.starts(with: "<0x".utf8), piece[5] == UInt8(ascii: ">") else { return nil }
        let digits = piece[3...4].map { Character(Unicode.Scalar($0)).hexDigitValue }
        guard let high = digits[0], let low = digits[1] else { return nil }
        return UInt8(high << 4 | low)
    }

    /// A number that is lower the higher the score is; NaN, which a damaged file may hold, comes last.
    private static func order(of score: Float) -> UInt32 {
        if score.isNaN { return .max }
        // IEEE 754 bit patterns order like sign-magnitude integers; adding zero makes -0 equal to 0.
        let bits = (score + 0).bitPattern
        return bits >> 31 == 1 ? bits : ~bits & 0x7FFF_FFFF
    }

    /// Spaces as `▁`.
    private static func escaped(_ text: [UInt8]) -> [UInt8] {
        text.flatMap { $0 == 0x20 ? space : [$0] }
    }

    /// `▁` as spaces.
    static func unescaped(_ piece: [UInt8]) -> [UInt8] {
        // Most pieces hold none, and most that do begin with it.
        guard piece.contains(space[0]) else { return piece }
        var text: [UInt8] = []
        text.reserveCapacity(piece.count)
        var position = 0
        while position < piece.count {
            let isSpace = piece[position...].starts(with: space)
            text.append(isSpace ? 0x20 : piece[position])
            position += isSpace ? space.count : 1
        }
        return text
    }

    /// Whether `▁` stands behind another character in the piece.
    private static func crossesWords(_ piece: [UInt8]) -> Bool {
        var isInWord = false
        var position = 0
        while position < piece.count {
            let isSpace = piece[position...].starts(with: space)
            if isSpace && isInWord { return true }
            if !isSpace { isInWord = true }
            position += isSpace ? space.count : 1
        }
        return false
    }
}

extension SentencePieceBPE {
    /// Appends the tokens of a text, with a space before it where `addsSpace`.
    func encode(_ text: Slice<UnsafeBufferPointer<UInt8>>, addsSpace: Bool, into tokens: inout [TokenID]) {
        guard !text.isEmpty else { return }
        var escaped: [UInt8] = addsSpace ? Self.space : []
        escaped.reserveCapacity(text.count + text.count / 2)
        for byte in text {
            if byte == 0x20 { escaped.append(contentsOf: Self.space) } else { escaped.append(byte) }
        }
        escaped.withUnsafeBufferPointer { encode(escaped: $0, into: &tokens) }
    }

    private func encode(escaped text: UnsafeBufferPointer<UInt8>, into tokens: inout [TokenID]) {
        var writer = Writer(model: self, text: text, tokens: tokens)
        tokens = []
        var list = MergeList()
        var position = 0
        var isInWord = false
        while position < text.count {
            if let match = userDefined.longestMatch(in: text, from: position, to: text.count) {
                list.append(start: position, end: position + match.length, id: match.id, isFrozen: true)
                position += match.length
                isInWord = true
                continue
            }
            let length = UTF8Text.scalar(in: text, at: position, to: text.count)?.length ?? 1
            let isSpace = text[position..<position + length].elementsEqual(Self.space)
            if isSpace, isInWord, mergesWithinWords { writer.flush(&list) }
            isInWord = !isSpace
            list.append(start: position, end: position + length)
            position += length
        }
        writer.flush(&list)
        tokens = writer.tokens
    }

    /// Merges lists of symbols and writes down their tokens.
    private struct Writer {
        let model: SentencePieceBPE
        let text: UnsafeBufferPointer<UInt8>
        var tokens: [TokenID]
        /// Whether the last token is the unknown one: SentencePiece writes one for a run of unknown characters.
        private var isAfterUnknown = false
        /// Where a piece that is never produced was put together, in bytes from its start, by its token.
        private var joints: [TokenID: Int] = [:]

        init(model: SentencePieceBPE, text: UnsafeBufferPointer<UInt8>, tokens: [TokenID]) {
            self.model = model
            self.text = text
            self.tokens = tokens
        }

        mutating func flush(_ list: inout MergeList) {
            list.mergeAll { left, right in
                guard let id = model.pieces.id(of: UnsafeRawBufferPointer(rebasing: raw[left.start..<right.end])) else {
                    return nil
                }
                if !model.unused.isEmpty, model.unused.contains(id) { joints[id] = left.end - left.start }
                return (model.orders[Int(id)], id)
            }
            list.forEach { write($0.start, $0.end, $0.id) }
            list.removeAll()
        }

        private var raw: UnsafeRawBufferPointer { UnsafeRawBufferPointer(text) }

        private mutating func write(_ start: Int, _ end: Int, _ known: TokenID) {
            // What is still to be written, last first: a piece that is never produced falls apart again.
            var pending = [(start: start, end: end, known: known)]
            while let (start, end, known) = pending.popLast() {
                let bytes = UnsafeRawBufferPointer(rebasing: raw[start..<end])
                guard let id = known >= 0 ? known : model.pieces.id(of: bytes) else {
                    writeUnknown(bytes)
                    continue
                }
                if model.unused.contains(id), let joint = joints[id], joint < end - start {
                    pending.append((start + joint, end, -1))
                    pending.append((start, start + joint, -1))
                    continue
                }
                append(id)
            }
        }

        private mutating func append(_ id: TokenID) {
            tokens.append(id)
            isAfterUnknown = false
        }

        /// Byte tokens where the vocabulary has them all, else the unknown token.
        private mutating func writeUnknown(_ bytes: UnsafeRawBufferPointer) {
            if bytes.allSatisfy({ model.byteTokens[Int($0)] >= 0 }) {
                for byte in bytes { append(model.byteTokens[Int(byte)]) }
            } else if let unknown = model.unknown, !isAfterUnknown {
                tokens.append(unknown)
                isAfterUnknown = true
            }
        }
    }
}
