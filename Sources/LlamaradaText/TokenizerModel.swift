/// How text is cut into words before byte-level BPE merges within each word.
///
/// Raw values are the names in GGUF's `tokenizer.ggml.pre`.
public enum PreTokenizer: String, Sendable, Hashable, CaseIterable {
    /// Punctuation runs, then GPT-2's words, then digits by threes from the left: for files that name no other.
    case `default` = "default"
    /// GPT-2's pattern.
    case gpt2 = "gpt-2"
    /// Every digit alone, then GPT-2's pattern.
    case smollm = "smollm"
    /// Llama 3's pattern; a word that is a piece itself is taken whole, without merging.
    case llama3 = "llama-bpe"
    /// Qwen2's pattern: Llama 3's with every digit alone. Its NFC normalisation is left out, as llama.cpp does.
    case qwen2 = "qwen2"

    /// Finds a pre-tokenizer by its GGUF name; files without one mean `default`.
    ///
    /// Throws `TextError` (`unsupported`) with the names that are known.
    public init(named name: String) throws(TextError) {
        let aliases: [String: PreTokenizer] = ["llama3": .llama3, "llama-v3": .llama3]
        guard let found = PreTokenizer(rawValue: name) ?? aliases[name] else {
            let known = PreTokenizer.allCases.map(\.rawValue).joined(separator: ", ")
            throw TextError(
                .unsupported, "unknown pre-tokenizer \(TextError.quoted(name.utf8)); this build knows \(known)")
        }
        self = found
    }
}

/// The algorithm that turns text into pieces, with what it needs beyond the vocabulary.
public enum TokenizerModel: Sendable {
    /// SentencePiece BPE (`tokenizer.ggml.model` = `llama`): merges by score, with byte fallback.
    case sentencePiece
    /// Byte-level BPE (`gpt2`); a merge is `left right` as GGUF holds it, the first merge applies first.
    case byteLevelBPE(preTokenizer: PreTokenizer, merges: [[UInt8]])

    /// Whether a text begins with BOS where the file does not say (`tokenizer.ggml.add_bos_token`).
    public var addsBOSByDefault: Bool {
        switch self {
        case .sentencePiece: true
        case .byteLevelBPE(let preTokenizer, _): preTokenizer == .llama3
        }
    }

    /// Whether a space goes before a text where the file does not say (`tokenizer.ggml.add_space_prefix`).
    public var addsSpacePrefixByDefault: Bool {
        if case .sentencePiece = self { true } else { false }
    }
}
