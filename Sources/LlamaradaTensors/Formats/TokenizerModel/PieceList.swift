import LlamaradaErrors
import LlamaradaText

/// The pieces of a tokenizer's file by their ids, and what each of them is for.
struct PieceList: Sendable {
    /// A piece that a folder adds to those of the file, or names another way.
    struct Addition: Sendable {
        let id: Int
        let piece: [UInt8]
        /// Whether it is never made from plain text.
        let isSpecial: Bool
    }

    /// A piece for each id, of which those that the file lacks are called `[PAD123]`, as llama.cpp does.
    private(set) var pieces: [[UInt8]]
    private(set) var kinds: [TokenKind]

    /// Eight times as many as the largest vocabularies have.
    static let largestCount = 1 << 21

    /// - Parameters:
    ///   - count: how many pieces the model has rows for; nil for as many as the file has.
    ///   - additions: of equal ids the last counts; ids from `count` on are passed over.
    init(
        _ pieces: [[UInt8]], _ kinds: [TokenKind], count: Int?, adding additions: [Addition], file: String
    ) throws(CheckpointError) {
        let count = count ?? pieces.count
        guard !pieces.isEmpty, count >= pieces.count, count <= Self.largestCount else {
            throw CheckpointError(
                .invalid, file: file,
                problem: "expected 1 to \(min(count, Self.largestCount)) pieces, found \(pieces.count)",
                remedy: .fetchAgain)
        }
        self.pieces = pieces + (pieces.count..<count).map { Array("[PAD\($0)]".utf8) }
        self.kinds = kinds + [TokenKind](repeating: .unused, count: count - pieces.count)
        for addition in additions where self.pieces.indices.contains(addition.id) { add(addition) }
    }

    private mutating func add(_ addition: Addition) {
        let isThere = pieces[addition.id] == addition.piece && kinds[addition.id] != .unused
        pieces[addition.id] = addition.piece
        switch kinds[addition.id] {
        // A folder says of these only that they are special, too.
        case .unknown where isThere, .control where isThere, .byte where isThere: break
        case .normal where isThere && !addition.isSpecial: break
        default: kinds[addition.id] = addition.isSpecial ? .control : .userDefined
        }
    }

    /// The id of a piece.
    func id(of piece: [UInt8]) -> Int? { pieces.firstIndex(of: piece) }

    /// The keys `tokens` and `token_type`.
    var metadata: [(key: String, value: MetadataValue)] {
        [
            ("tokenizer.ggml.tokens", .array(.string(MetadataStrings(pieces)))),
            ("tokenizer.ggml.token_type", .array(.int32(kinds.map(\.rawValue)))),
        ]
    }
}
