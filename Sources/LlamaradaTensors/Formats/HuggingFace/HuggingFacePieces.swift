import LlamaradaErrors

/// The vocabulary and the merges of a `tokenizer.json` whose model is BPE; pieces are bytes, because texts that differ only in how
/// an accent is written are equal.
struct HuggingFacePieces: Sendable {
    /// A piece for each id, of which those that the file lacks are called `[PAD123]`, as llama.cpp does.
    private(set) var pieces: [[UInt8]]
    /// One kind a piece, as in `tokenizer.ggml.token_type`.
    private(set) var kinds: [Int32]
    /// Pairs that are merged, the first one first.
    let merges: [(left: [UInt8], right: [UInt8])]

    private static let (normal, unknown, control, userDefined, unused, byte):
        (Int32, Int32, Int32, Int32, Int32, Int32) =
            (1, 2, 3, 4, 5, 6)

    init(_ fields: FieldReader, count: Int) throws(CheckpointError) {
        guard let model = try fields.object("model") else { throw fields.invalid("model", "an object") }
        guard try model.text("type") ?? "BPE" == "BPE" else {
            throw fields.unsupported(
                "'model': expected a tokenizer of type 'BPE', found \((try model.text("type") ?? "").quoted())")
        }
        for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let text = try model.text(name), !text.isEmpty { throw fields.unsupported("'\(name)' is not supported") }
        }
        var pieces = [[UInt8]?](repeating: nil, count: count)
        var kinds = [Int32](repeating: Self.normal, count: count)
        guard let vocabulary = model["vocab"]?.members else { throw fields.invalid("vocab", "an object of ids") }
        let fallsBack = try model.flag("byte_fallback", default: false)
        for member in vocabulary {
            let id = try Self.id(member.value.integer, member.name, count, fields)
            let bytes = Array(member.name.utf8)
            guard pieces[id] == nil else { throw Self.doubled(id, fields) }
            pieces[id] = bytes
            if fallsBack, Self.isByte(bytes) { kinds[id] = Self.byte }
        }
        try Self.addSpecial(&pieces, &kinds, fields)
        if let text = try model.text("unk_token"), let id = pieces.firstIndex(of: Array(text.utf8)) {
            kinds[id] = Self.unknown
        }
        for id in pieces.indices where pieces[id] == nil { kinds[id] = Self.unused }
        self.pieces = pieces.enumerated().map { $1 ?? Array("[PAD\($0)]".utf8) }
        self.kinds = kinds
        merges = try Self.merges(model)
    }

    /// The id of a piece.
    func id(of piece: [UInt8]) -> Int? { pieces.firstIndex(of: piece) }

    /// Scores by which the pieces merge in the order of the list; those that no merge makes have 0.
    var scores: [Float] {
        var ranks: [[UInt8]: Int] = [:]
        for (rank, merge) in merges.enumerated() {
            let piece = merge.left + merge.right
            if ranks[piece] == nil { ranks[piece] = rank }
        }
        return pieces.map { ranks[$0].map { -Float($0 + 1) } ?? 0 }
    }

    private static func addSpecial(
        _ pieces: inout [[UInt8]?], _ kinds: inout [Int32], _ fields: FieldReader
    ) throws(CheckpointError) {
        for token in fields["added_tokens"]?.elements ?? [] {
            guard let text = token["content"]?.text else { throw fields.invalid("added_tokens", "a list of tokens") }
            // Gemma's text models have a token for pictures behind the last row of the embedding.
            if let id = token["id"]?.integer, id >= pieces.count { continue }
            let id = try id(token["id"]?.integer, text, pieces.count, fields)
            let bytes = Array(text.utf8)
            guard pieces[id] == nil || pieces[id] == bytes else { throw doubled(id, fields) }
            pieces[id] = bytes
            kinds[id] = token["special"] == .bool(true) ? control : userDefined
        }
    }

    private static func merges(_ model: FieldReader) throws(CheckpointError) -> [(left: [UInt8], right: [UInt8])] {
        guard let elements = model["merges"]?.elements else { throw model.invalid("merges", "a list of pairs") }
        var merges: [(left: [UInt8], right: [UInt8])] = []
        merges.reserveCapacity(elements.count)
        for element in elements {
            // One text, or in newer files a list of two.
            var parts = element.elements?.compactMap { $0.text.map { Array($0.utf8) } } ?? []
            if let text = element.text {
                parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map(Array.init)
            }
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && !$0.contains(UInt8(ascii: " ")) }) else {
                throw CheckpointError(
                    .invalid, file: model.file,
                    problem: "'merges': expected pairs of pieces, found \(String(element.encoded.prefix(80)))",
                    remedy: .fetchAgain)
            }
            merges.append((parts[0], parts[1]))
        }
        return merges
    }

    private static func id(
        _ id: Int?, _ name: String, _ count: Int, _ fields: FieldReader
    ) throws(CheckpointError) -> Int {
        guard let id, 0..<count ~= id else {
            throw CheckpointError(
                .invalid, file: fields.file,
                problem:
                    "token \(name.quoted()): expected an id below \(count), the configuration's 'vocab_size', found "
                    + (id.map { "\($0)" } ?? "none"), remedy: .fetchAgain)
        }
        return id
    }

    private static func doubled(_ id: Int, _ fields: FieldReader) -> CheckpointError {
        CheckpointError(
            .invalid, file: fields.file, problem: "token id \(id): expected one token, found two", remedy: .fetchAgain)
    }

    /// Whether a piece is `<0xNN>`.
    private static func isByte(_ piece: [UInt8]) -> Bool {
        guard piece.count == 6, piece.starts(with: "<0x".utf8), piece[5] == UInt8(ascii: ">") else { return false }
        return piece[3...4].allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    }
}
