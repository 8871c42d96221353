import LlamaradaErrors

/// A file called `tokenizer.model`, which two formats share: SentencePiece's, and since Llama 3 tiktoken's.
package struct TokenizerModelFile: Sendable {
    /// Pieces of the file itself, special tokens included.
    package let count: Int
    /// The keys of the tokenizer, as GGUF has them.
    package let metadata: [(key: String, value: MetadataValue)]
    let pieces: PieceList

    /// Reads a file of either format, which its first byte tells.
    ///
    /// - Parameter vocabularySize: how many tokens the model has; those that the file lacks become unused ones. Nil for as many as
    ///   the file has.
    /// - Throws: `CheckpointError` with code `unsupported` for tokenizers that this version lacks, and `invalid` where the file
    ///   contradicts itself or has more tokens than the model.
    package init(_ source: any ByteSource, vocabularySize: Int?) throws(CheckpointError) {
        try self.init(source, vocabularySize: vocabularySize, adding: [])
    }

    init(
        _ source: any ByteSource, vocabularySize: Int?, adding additions: [PieceList.Addition]
    ) throws(CheckpointError) {
        if TiktokenTokenizer.begins(try Self.bytes(of: source, upTo: 1)) {
            let tokenizer = try TiktokenTokenizer(source, vocabularySize: vocabularySize, adding: additions)
            (count, metadata, pieces) = (tokenizer.count, tokenizer.metadata, tokenizer.pieces)
        } else {
            let tokenizer = try SentencePieceTokenizer(source, vocabularySize: vocabularySize, adding: additions)
            (count, metadata, pieces) = (tokenizer.count, tokenizer.metadata, tokenizer.pieces)
        }
    }

    /// The file's bytes, of which it may have at most `largest`.
    static func bytes(of source: any ByteSource, largest: Int) throws(CheckpointError) -> [UInt8] {
        guard source.byteCount <= largest else {
            throw CheckpointError(
                .invalid, file: source.name, problem: "expected at most \(largest) bytes, found \(source.byteCount)",
                remedy: .fetchAgain)
        }
        return try bytes(of: source, upTo: largest)
    }

    private static func bytes(of source: any ByteSource, upTo count: Int) throws(CheckpointError) -> [UInt8] {
        try source.bytes(at: 0, count: min(count, source.byteCount))
    }
}
