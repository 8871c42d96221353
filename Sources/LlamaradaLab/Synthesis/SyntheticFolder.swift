package import LlamaradaTensors

/// A model with random weights as a folder: as Meta released Llama, or as Hugging Face publishes models.
///
/// Each shard's weights are random by themselves, so that a model is another one in another number of shards.
package struct SyntheticFolder {
    /// Which files a folder has.
    package enum Kind: Sendable {
        /// params.json, consolidated.NN.pth and tokenizer.model.
        case meta
        /// config.json, safetensors and tokenizer.model.
        case huggingFace
    }

    /// Types that weights can have.
    package static let types: [ElementType] = [.f32, .f16, .bf16]
    /// Meta's splits: every shape divides by them.
    package static let shardCounts = [1, 2, 4, 8]

    private let shape: SyntheticShape
    private let type: ElementType
    private let model: SyntheticModel
    private let kind: Kind
    private let shardCount: Int

    /// - Parameters:
    ///   - type: one of `types`.
    ///   - shardCount: files of weights, one of `shardCounts`.
    package init(
        _ kind: Kind, shape: SyntheticShape, type: ElementType, shardCount: Int = 1, seed: UInt64 = 0
    ) {
        precondition(
            Self.types.contains(type) && Self.shardCounts.contains(shardCount),
            "SyntheticFolder: \(type.name), \(shardCount)")
        self.kind = kind
        self.shape = shape
        self.type = type
        self.shardCount = shardCount
        model = SyntheticModel(shape: shape, type: type, seed: seed)
    }

    /// Writes all files; the caller commits the folder.
    ///
    /// - Parameter progress: gets the weights' bytes written so far and in all; may throw to stop.
    package func write(to folder: OutputFolder, progress: (Int, Int) throws -> Void) throws {
        var written = 0
        let total = shards.joined().reduce(0) { $0 + (type.byteCount(elementCount: $1.shape.reduce(1, *)) ?? 0) }
        for index in 0..<shardCount {
            let part = try folder.file(name(ofShard: index))
            try write(shard: index, to: part) { count in
                written += count
                try progress(written, total)
            }
        }
        try write(
            try SyntheticVocabulary.tokenizerModel(count: SyntheticShape.vocabularySize), "tokenizer.model", folder)
        switch kind {
        case .meta: try write(text: params, "params.json", folder)
        case .huggingFace:
            try write(text: configuration, "config.json", folder)
            try write(
                text: .object([.init("bos_token", "<s>"), .init("eos_token", "</s>"), .init("unk_token", "<unk>")]),
                "tokenizer_config.json", folder)
            if shardCount > 1 { try write(text: index, "model.safetensors.index.json", folder) }
        }
    }

    private func write(text: JSONValue, _ name: String, _ folder: OutputFolder) throws {
        try write(Array("\(text.encoded)\n".utf8), name, folder)
    }

    private func write(_ bytes: [UInt8], _ name: String, _ folder: OutputFolder) throws {
        let file = try folder.file(name)
        try bytes.withUnsafeBytes { try file.write($0) }
        try file.commit()
    }

    // MARK: Weights

    /// The tensors of each file: of Meta's every one in part, of Hugging Face's each in one.
    private var shards: [[SyntheticTensor]] {
        switch kind {
        case .meta:
            (0..<shardCount).map { index in shape.tensors.map { part(of: $0, shard: index) } }
        case .huggingFace:
            (0..<shardCount).map { index in
                shape.tensors.enumerated().filter { $0.offset * shardCount / shape.tensors.count == index }.map(
                    \.element)
            }
        }
    }

    private func name(ofShard index: Int) -> String {
        func digits(_ number: Int, _ count: Int) -> String {
            String(repeating: "0", count: max(0, count - "\(number)".utf8.count)) + "\(number)"
        }
        switch kind {
        case .meta: return "consolidated.\(digits(index, 2)).pth"
        case .huggingFace where shardCount == 1: return "model.safetensors"
        case .huggingFace:
            let parts = ["model", digits(index + 1, 5), "of", digits(shardCount, 5)]
            return "\(parts.joined(separator: "-")).safetensors"
        }
    }

    private func write(
        shard index: Int, to file: AtomicOutputFile, progress: (Int) throws -> Void
    ) throws {
        let tensors = shards[index]
        func fill(_ place: Int, _ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
            // Tensors of other shards have numbers of their own.
            try model.write(tensors[place], index * shape.tensors.count + place, as: type) { bytes in
                try sink(bytes)
                try progress(bytes.count)
            }
        }
        switch kind {
        case .meta:
            var writer = try TorchWriter(
                file, tensors: tensors.map { (Self.metaName($0.name), $0.shape, type) })
            for place in tensors.indices { try writer.add(place) { sink in try fill(place, sink) } }
            try writer.finish()
        case .huggingFace:
            let names = tensors.map { Self.huggingFaceName($0.name) }
            var writer = try SafetensorsWriter(file, names: names, metadata: [("format", "pt")])
            for place in tensors.indices {
                try writer.add(names[place], shape: tensors[place].shape, elementType: type) { sink in
                    try fill(place, sink)
                }
            }
            try writer.finish()
        }
    }

    /// What one of Meta's shards has of a tensor: of a vector everything.
    private func part(of tensor: SyntheticTensor, shard: Int) -> SyntheticTensor {
        guard tensor.shape.count == 2 else { return tensor }
        var part = tensor
        let isByColumns = ["token_embd.", ".attn_output.", ".ffn_down."].contains { tensor.name.contains($0) }
        part.shape[isByColumns ? 1 : 0] /= shardCount
        // The first tokens' rows lie in the first shard.
        if shard > 0, case .head(let deviation, _) = tensor.content { part.content = .matrix(deviation: deviation) }
        return part
    }

    // MARK: Names and numbers

    private static func name(_ name: String, outside: [String: String], inLayers: [String: String], layers: String)
        -> String
    {
        if let name = outside[name] { return name }
        let parts = name.split(separator: ".")
        precondition(parts.count == 4, "SyntheticFolder: '\(name)'")
        return "\(layers).\(parts[1]).\(inLayers[String(parts[2])] ?? "").weight"
    }

    private static func metaName(_ name: String) -> String {
        Self.name(
            name,
            outside: [
                "token_embd.weight": "tok_embeddings.weight", "output_norm.weight": "norm.weight",
                "output.weight": "output.weight",
            ],
            inLayers: [
                "attn_norm": "attention_norm", "ffn_norm": "ffn_norm", "attn_q": "attention.wq",
                "attn_k": "attention.wk", "attn_v": "attention.wv", "attn_output": "attention.wo",
                "ffn_gate": "feed_forward.w1", "ffn_down": "feed_forward.w2", "ffn_up": "feed_forward.w3",
            ], layers: "layers")
    }

    private static func huggingFaceName(_ name: String) -> String {
        Self.name(
            name,
            outside: [
                "token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight",
                "output.weight": "lm_head.weight",
            ],
            inLayers: [
                "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "attn_q": "self_attn.q_proj",
                "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
                "ffn_gate": "mlp.gate_proj", "ffn_down": "mlp.down_proj", "ffn_up": "mlp.up_proj",
            ], layers: "model.layers")
    }

    private var params: JSONValue {
        .object([
            .init("dim", .integer(shape.dim)), .init("multiple_of", .integer(256)),
            .init("n_heads", .integer(shape.headCount)), .init("n_kv_heads", .integer(shape.kvHeadCount)),
            .init("n_layers", .integer(shape.layerCount)),
            .init("norm_eps", .number(Double("\(shape.normEpsilon)") ?? 0)),
            .init("vocab_size", .integer(-1)),
        ])
    }

    private var configuration: JSONValue {
        .object([
            .init("model_type", "llama"), .init("hidden_size", .integer(shape.dim)),
            .init("intermediate_size", .integer(shape.ffnDim)), .init("num_hidden_layers", .integer(shape.layerCount)),
            .init("num_attention_heads", .integer(shape.headCount)),
            .init("num_key_value_heads", .integer(shape.kvHeadCount)),
            .init("max_position_embeddings", .integer(SyntheticShape.contextLength)),
            .init("rms_norm_eps", .number(Double("\(shape.normEpsilon)") ?? 0)),
            .init("rope_theta", .number(Double(SyntheticShape.ropeBase))),
            .init("vocab_size", .integer(SyntheticShape.vocabularySize)), .init("tie_word_embeddings", .bool(false)),
            .init("hidden_act", "silu"),
        ])
    }

    private var index: JSONValue {
        let places = shards.enumerated().flatMap { index, tensors in
            tensors.map { JSONValue.Member(Self.huggingFaceName($0.name), .string(name(ofShard: index))) }
        }
        return .object([.init("metadata", .object([])), .init("weight_map", .object(places))])
    }
}
