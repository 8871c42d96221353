import LlamaradaErrors

/// A folder's `tokenizer.json`, or where there is none its `tokenizer.model`, and `tokenizer_config.json`, as GGUF's metadata has
/// them.
///
/// Of `tokenizer.json`, byte-level BPE becomes `gpt2`; BPE over characters with a fallback to bytes, which is SentencePiece's in
/// other words, becomes `llama` with scores that merge in the order of the list of merges.
struct HuggingFaceTokenizer: Sendable {
    /// The keys of the tokenizer, and the chat template.
    private(set) var metadata: [(key: String, value: MetadataValue)] = []
    private static let largestFile = 48 << 20
    private static let largestConfig = 16 << 20

    init(_ folder: CheckpointFolder, vocabularySize: Int) throws(CheckpointError) {
        let (name, modelName) = ("tokenizer.json", "tokenizer.model")
        guard folder.has(name) || folder.has(modelName) else {
            throw CheckpointError(
                .missing, file: folder.path(of: name),
                problem: "is not there, nor is \(modelName); the tokenizer of a folder is read from one of them",
                remedy: .other("Save the tokenizer as tokenizer.json, or convert the model to GGUF elsewhere"))
        }
        let configName = "tokenizer_config.json"
        let config =
            folder.has(configName)
            ? try folder.json(configName, largest: Self.largestConfig)
            : FieldReader(file: folder.path(of: configName), root: .object([]))
        if folder.has(name) {
            let fields = try folder.json(name, largest: Self.largestFile)
            let pieces = try HuggingFacePieces(fields, count: vocabularySize)
            try addPieces(pieces, fields)
            let first = Self.firstSpecial(fields["post_processor"])
            try addSpecial(config, id: pieces.id) { $0 == first && first != nil }
        } else {
            let file = try TokenizerModelFile(
                folder.open(modelName), vocabularySize: vocabularySize, adding: try Self.additions(config, folder))
            metadata = file.metadata
            let addsBOS = file.metadata.contains { $0.key == "tokenizer.ggml.add_bos_token" && $0.value == .bool(true) }
            try addSpecial(config, id: file.pieces.id) { _ in addsBOS }
        }
        try addTemplate(config, folder)
    }

    /// Adds a key, or gives one that is there another value.
    private mutating func add(_ key: String, _ value: MetadataValue) {
        let key = "tokenizer.ggml.\(key)"
        metadata.removeAll { $0.key == key }
        metadata.append((key, value))
    }

    private mutating func addPieces(_ pieces: HuggingFacePieces, _ fields: FieldReader) throws(CheckpointError) {
        switch try HuggingFaceAlgorithm(fields) {
        case .byteLevel(let preTokenizer):
            add("model", .text("gpt2"))
            add("pre", .text(preTokenizer))
            add("merges", .array(.string(MetadataStrings(pieces.merges.map { $0.left + [0x20] + $0.right }))))
        case .characters(let addsSpace):
            add("model", .text("llama"))
            add("scores", .array(.float32(pieces.scores)))
            add("add_space_prefix", .bool(addsSpace))
        }
        add("tokens", .array(.string(MetadataStrings(pieces.pieces))))
        add("token_type", .array(.int32(pieces.kinds)))
    }

    /// The tokens that a folder adds to its `tokenizer.model`.
    private static func additions(
        _ config: FieldReader, _ folder: CheckpointFolder
    ) throws(CheckpointError) -> [PieceList.Addition] {
        let name = "added_tokens.json"
        var additions: [PieceList.Addition] = []
        if folder.has(name) {
            let fields = try folder.json(name, largest: largestConfig)
            for member in fields.root.members ?? [] {
                guard let id = member.value.integer else { throw fields.invalid(member.name, "an id") }
                additions.append(PieceList.Addition(id: id, piece: Array(member.name.utf8), isSpecial: false))
            }
        }
        for member in config["added_tokens_decoder"]?.members ?? [] {
            guard let id = Int(member.name), let text = member.value["content"]?.text else {
                throw config.invalid("added_tokens_decoder", "tokens by their ids")
            }
            let isSpecial = member.value["special"] == .bool(true)
            additions.append(PieceList.Addition(id: id, piece: Array(text.utf8), isSpecial: isSpecial))
        }
        return additions
    }

    /// Special tokens by the names that the configuration gives them, where it names them.
    private mutating func addSpecial(
        _ config: FieldReader, id: ([UInt8]) -> Int?, addsBOS: (String?) -> Bool
    ) throws(CheckpointError) {
        var bos: String?
        for (key, name) in [
            ("bos", "bos_token"), ("eos", "eos_token"), ("unknown", "unk_token"), ("padding", "pad_token"),
        ] {
            // A text, or an object that has it.
            guard let text = config[name]?.text ?? config[name]?["content"]?.text else { continue }
            guard let id = id(Array(text.utf8)) else {
                // Some models name one that they never had.
                if key == "padding" { continue }
                throw config.invalid(name, "a token of the vocabulary")
            }
            if key == "bos" { bos = text }
            add("\(key)_token_id", .uint32(UInt32(id)))
        }
        for text in Self.endsOfTurns {
            guard let id = id(Array(text.utf8)) else { continue }
            add("eot_token_id", .uint32(UInt32(id)))
            break
        }
        let hasBOS = metadata.contains { $0.key == "tokenizer.ggml.bos_token_id" }
        add("add_bos_token", .bool(try config.flag("add_bos_token", default: addsBOS(bos)) && hasBOS))
        add("add_eos_token", .bool(try config.flag("add_eos_token", default: false)))
    }

    /// What ends a turn of a conversation in models that people use.
    private static let endsOfTurns = ["<|eot_id|>", "<|im_end|>", "<end_of_turn>", "<|end|>"]

    /// The special token that a post-processor puts before a text; nil where it puts none.
    private static func firstSpecial(_ processor: JSONValue?) -> String? {
        guard let processor else { return nil }
        if processor["type"]?.text == "TemplateProcessing" {
            return processor["single"]?.elements?.first?["SpecialToken"]?["id"]?.text
        }
        return processor["processors"]?.elements?.lazy.compactMap { firstSpecial($0) }.first
    }

    private mutating func addTemplate(_ config: FieldReader, _ folder: CheckpointFolder) throws(CheckpointError) {
        let name = "chat_template.jinja"
        if folder.has(name) {
            let source = try folder.open(name)
            guard source.byteCount <= Self.largestConfig else {
                throw CheckpointError(
                    .invalid, file: source.name, problem: "expected at most \(Self.largestConfig) bytes",
                    remedy: .fetchAgain)
            }
            var bytes = [UInt8](repeating: 0, count: source.byteCount)
            let read = bytes.withUnsafeMutableBytes { target in
                Result { () throws(CheckpointError) in try source.read(into: target, at: 0) }
            }
            try read.get()
            metadata.append(("tokenizer.chat_template", .string(bytes)))
            return
        }
        let named = config["chat_template"]?.elements?.first { $0["name"]?.text == "default" }
        if let template = config["chat_template"]?.text ?? named?["template"]?.text {
            metadata.append(("tokenizer.chat_template", .text(template)))
        }
    }
}
