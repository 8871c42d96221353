import LlamaradaErrors
import LlamaradaText

/// Llama 3's `tokenizer.model`, as GGUF's metadata has it: tiktoken's text, a line `BASE64 RANK` for each token.
///
/// The file has no special tokens: Llama 3's 256 follow the others, as in Meta's llama-models.
package struct TiktokenTokenizer: Sendable {
    /// Tokens of the file, and the special ones.
    package let count: Int
    /// The keys of the tokenizer.
    package private(set) var metadata: [(key: String, value: MetadataValue)] = []
    let pieces: PieceList
    /// Llama 3's file has 2.2 MB.
    private static let largestFile = 8 << 20
    /// Of Llama 3; the files of later models have more, and other special tokens and words.
    private static let largestCount = 128_000

    /// Reads a file.
    ///
    /// - Parameter vocabularySize: how many tokens the model has; those that the file lacks become unused ones. Nil for as many as
    ///   the file has.
    /// - Throws: `CheckpointError` with code `unsupported` for more tokens than Llama 3 has, and `invalid` where a line is no token, a rank or one of the 256 bytes is missing, or the
    ///   file has more tokens than the model.
    package init(_ source: any ByteSource, vocabularySize: Int?) throws(CheckpointError) {
        try self.init(source, vocabularySize: vocabularySize, adding: [])
    }

    init(
        _ source: any ByteSource, vocabularySize: Int?, adding additions: [PieceList.Addition]
    ) throws(CheckpointError) {
        let bytes = try TokenizerModelFile.bytes(of: source, largest: Self.largestFile)
        let ranks = try TiktokenRanks(bytes, file: source.name)
        let tokens = ranks.tokens
        guard tokens.count <= Self.largestCount else {
            throw CheckpointError(
                .unsupported, file: source.name,
                problem: "expected the tokens of Llama 3, at most \(Self.largestCount), found \(tokens.count)",
                remedy: .other("Use a model that has a tokenizer.json"))
        }
        count = tokens.count + Self.special.count
        let spellings = (UInt8.min...UInt8.max).map { ByteAlphabet.spelling(of: $0) }
        func spelled(_ token: ArraySlice<UInt8>) -> [UInt8] { token.flatMap { spellings[Int($0)] } }
        pieces = try PieceList(
            tokens.map(spelled) + Self.special.map { Array($0.utf8) },
            [TokenKind](repeating: .normal, count: tokens.count)
                + [TokenKind](repeating: .control, count: Self.special.count),
            count: vocabularySize, adding: additions, file: source.name)
        add("model", .text("gpt2"))
        add("pre", .text("llama-bpe"))
        metadata += pieces.metadata
        add("merges", .array(.string(MetadataStrings(try ranks.merges().map { spelled($0) + [0x20] + spelled($1) }))))
        for (key, name) in [("bos", "<|begin_of_text|>"), ("eos", "<|end_of_text|>"), ("eot", "<|eot_id|>")] {
            guard let index = Self.special.firstIndex(of: name) else { continue }
            add("\(key)_token_id", .uint32(UInt32(tokens.count + index)))
        }
        add("add_bos_token", .bool(true))
        add("add_eos_token", .bool(false))
    }

    private mutating func add(_ key: String, _ value: MetadataValue) {
        metadata.append(("tokenizer.ggml.\(key)", value))
    }

    /// Whether a file that begins so is of this format: with a character of Base64, where SentencePiece's begin with the number of
    /// one of their few fields.
    static func begins(_ bytes: [UInt8]) -> Bool { bytes.first.map { TiktokenRanks.value(of: $0) != nil } ?? false }

    /// Names of Llama 3.1 and later; those that Llama 3 used have the same places. llama-models has since called the twelfth
    /// `<|image|>`, which no text needs.
    private static let special: [String] = {
        let named = [
            "begin_of_text", "end_of_text", "reserved_special_token_0", "reserved_special_token_1",
            "finetune_right_pad_id", "step_id", "start_header_id", "end_header_id", "eom_id", "eot_id", "python_tag",
        ]
        return (named + (2..<258 - named.count).map { "reserved_special_token_\($0)" }).map { "<|\($0)|>" }
    }()
}
