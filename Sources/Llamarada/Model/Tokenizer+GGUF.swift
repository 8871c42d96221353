import LlamaradaErrors
public import LlamaradaTensors
public import LlamaradaText

extension Tokenizer {
    /// The tokenizer that a GGUF file carries: vocabulary, scores or merges, and special tokens.
    ///
    /// - Throws: `CheckpointError` where keys are missing or of the wrong kind, or the vocabulary contradicts itself.
    public init(gguf: GGUFFile) throws(CheckpointError) {
        let metadata = gguf.metadata
        let model = try Self.model(gguf)
        let pieces = try metadata.require("tokenizer.ggml.tokens", .strings).map { Array($0) }
        func id(_ name: String) throws(CheckpointError) -> TokenID? {
            let key = "tokenizer.ggml.\(name)_token_id"
            guard let value = try metadata.find(key, .integer), !Self.noToken.contains(value) else { return nil }
            guard let id = TokenID(exactly: value), pieces.indices.contains(Int(id)) else {
                throw CheckpointError(
                    .invalid, file: gguf.path,
                    problem: "'\(key)' is \(value); the vocabulary has \(pieces.count) tokens",
                    remedy: .fetchAgain)
            }
            return id
        }
        func flag(_ name: String) throws(CheckpointError) -> Bool? {
            try metadata.find("tokenizer.ggml.\(name)", .bool)
        }
        let kinds = try metadata.find("tokenizer.ggml.token_type", .integers)?.map {
            TokenKind(rawValue: Int32(truncatingIfNeeded: $0)) ?? .normal
        }
        let vocabulary = Vocabulary(
            pieces: pieces,
            scores: try metadata.find("tokenizer.ggml.scores", .floats).map { Array($0) } ?? [],
            kinds: kinds ?? Array(repeating: .normal, count: pieces.count),
            bos: try id("bos"), eos: try id("eos"), unknown: try id("unknown"), padding: try id("padding"),
            endOfTurn: try id("eot"),
            addsBOS: try flag("add_bos_token") ?? model.addsBOSByDefault,
            addsEOS: try flag("add_eos_token") ?? false,
            addsSpacePrefix: try flag("add_space_prefix") ?? model.addsSpacePrefixByDefault)
        do {
            try self.init(model: model, vocabulary: vocabulary)
        } catch {
            throw CheckpointError(
                error.code == .unsupported ? .unsupported : .invalid, file: gguf.path,
                problem: "tokenizer: \(error.problem)", remedy: .fetchAgain)
        }
    }

    private static func model(_ gguf: GGUFFile) throws(CheckpointError) -> TokenizerModel {
        let metadata = gguf.metadata
        switch try metadata.require("tokenizer.ggml.model", .text) {
        case "llama": return .sentencePiece
        case "gpt2":
            let name = try metadata.find("tokenizer.ggml.pre", .text) ?? "default"
            let merges = try metadata.require("tokenizer.ggml.merges", .strings).map { Array($0) }
            do {
                return .byteLevelBPE(preTokenizer: try PreTokenizer(named: name), merges: merges)
            } catch {
                throw CheckpointError(
                    .unsupported, file: gguf.path, problem: "'tokenizer.ggml.pre': \(error.problem)",
                    remedy: error.remedy)
            }
        case let other:
            throw CheckpointError(
                .unsupported, file: gguf.path,
                problem: "'tokenizer.ggml.model' is \(other.quoted()); this build knows 'llama' and 'gpt2'",
                remedy: TextError.otherTokenizer)
        }
    }

    /// What files write for "there is none": llama.cpp's -1, as a signed number or as an unsigned one of 32 bits.
    private static let noToken = [-1, Int(UInt32.max)]
}
