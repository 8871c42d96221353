import LlamaradaErrors
import LlamaradaText
import SwiftProtobuf

/// SentencePiece's `tokenizer.model`, as GGUF's metadata has it: BPE whose texts are not normalised, as Llama 1 and 2, Mistral and
/// Gemma have it.
package struct SentencePieceTokenizer: Sendable {
    /// Pieces of the file itself.
    package let count: Int
    /// The keys of the tokenizer.
    package private(set) var metadata: [(key: String, value: MetadataValue)] = []
    let pieces: PieceList
    private static let largestFile = 48 << 20

    /// Reads a file.
    ///
    /// - Parameter vocabularySize: how many tokens the model has; those that the file lacks become unused ones. Nil for as many as
    ///   the file has.
    /// - Throws: `CheckpointError` with code `unsupported` for other algorithms and normalisers, and `invalid` where the file
    ///   contradicts itself or has more tokens than the model.
    package init(_ source: any ByteSource, vocabularySize: Int?) throws(CheckpointError) {
        try self.init(source, vocabularySize: vocabularySize, adding: [])
    }

    init(
        _ source: any ByteSource, vocabularySize: Int?, adding additions: [PieceList.Addition]
    ) throws(CheckpointError) {
        let model = try SentencePieceReader(source, largest: Self.largestFile).model
        count = model.pieces.count
        try Self.checkAlgorithm(model, file: source.name)
        pieces = try PieceList(
            try Self.texts(model, file: source.name), try Self.kinds(model, file: source.name), count: vocabularySize,
            adding: additions, file: source.name)
        // What is padded must merge last, or it would come before merges that a text needs.
        let lowest = (model.pieces.lazy.map(\.score).min() ?? 0) - 1
        let scores = model.pieces.map(\.score) + [Float](repeating: lowest, count: pieces.pieces.count - count)
        add("model", .text("llama"))
        metadata += pieces.metadata
        add("scores", .array(.float32(scores)))
        try addSpecial(model.trainerSpec, file: source.name)
        add("add_space_prefix", .bool(model.normalizerSpec.addDummyPrefix))
    }

    private mutating func add(_ key: String, _ value: MetadataValue) {
        metadata.append(("tokenizer.ggml.\(key)", value))
    }

    private mutating func addSpecial(
        _ trainer: SentencePieceModel.Trainer, file: String
    ) throws(CheckpointError) {
        for (key, name, id) in [
            ("bos", "bos_id", trainer.bosID), ("eos", "eos_id", trainer.eosID), ("unknown", "unk_id", trainer.unkID),
            ("padding", "pad_id", trainer.padID),
        ] where id >= 0 {
            guard id < count else {
                throw CheckpointError(
                    .invalid, file: file, problem: "'\(name)': expected an id below \(count), found \(id)",
                    remedy: .fetchAgain)
            }
            add("\(key)_token_id", .uint32(UInt32(id)))
        }
        add("add_bos_token", .bool(trainer.bosID >= 0))
        add("add_eos_token", .bool(false))
    }

    private static func checkAlgorithm(_ model: SentencePieceModel, file: String) throws(CheckpointError) {
        func unsupported(_ problem: String) -> CheckpointError {
            CheckpointError(
                .unsupported, file: file, problem: problem,
                remedy: .other("Use a model whose tokenizer is SentencePiece BPE or byte-level BPE"))
        }
        let (trainer, normalizer) = (model.trainerSpec, model.normalizerSpec)
        guard trainer.modelType == 2 else {
            let names: [Int32: String] = [1: "unigram", 3: "words", 4: "characters"]
            throw unsupported(
                "'model_type': expected BPE, found \(names[trainer.modelType] ?? "\(trainer.modelType)")")
        }
        guard normalizer.precompiledCharsmap.isEmpty else {
            throw unsupported("expected the normaliser 'identity', found \(normalizer.name.quoted())")
        }
        for (name, isTrue, expected) in [
            ("remove_extra_whitespaces", normalizer.removeExtraWhitespaces, false),
            ("escape_whitespaces", normalizer.escapeWhitespaces, true),
            ("treat_whitespace_as_suffix", trainer.treatWhitespaceAsSuffix, false),
        ] where isTrue != expected {
            throw unsupported("'\(name)': expected \(expected), found \(isTrue)")
        }
    }

    private static func texts(_ model: SentencePieceModel, file: String) throws(CheckpointError) -> [[UInt8]] {
        var seen: Set<[UInt8]> = []
        seen.reserveCapacity(model.pieces.count)
        var texts: [[UInt8]] = []
        texts.reserveCapacity(model.pieces.count)
        for (index, piece) in model.pieces.enumerated() {
            let text = Array(piece.piece.utf8)
            guard !text.isEmpty, seen.insert(text).inserted else {
                throw invalid(index, "a text that no other piece has", piece.piece.quoted(), file)
            }
            guard piece.score.isFinite else { throw invalid(index, "a finite score", "\(piece.score)", file) }
            texts.append(text)
        }
        return texts
    }

    private static func kinds(_ model: SentencePieceModel, file: String) throws(CheckpointError) -> [TokenKind] {
        var kinds: [TokenKind] = []
        kinds.reserveCapacity(model.pieces.count)
        for (index, piece) in model.pieces.enumerated() {
            // GGUF has SentencePiece's own numbers.
            guard let kind = TokenKind(rawValue: piece.type) else {
                throw invalid(index, "a type from 1 to 6", "\(piece.type)", file)
            }
            guard kind != .byte || model.trainerSpec.byteFallback else {
                throw invalid(index, "no bytes, since 'byte_fallback' is false", piece.piece.quoted(), file)
            }
            kinds.append(kind)
        }
        return kinds
    }

    private static func invalid(_ index: Int, _ expected: String, _ found: String, _ file: String) -> CheckpointError {
        CheckpointError(
            .invalid, file: file, problem: "piece \(index): expected \(expected), found \(found)", remedy: .fetchAgain)
    }
}
