import LlamaradaErrors

/// The hyperparameters of a `params.json`, as Meta released them with Llama 1 to 3; what it leaves out the tensors say.
package struct MetaConfig: Sendable {
    let dim: Int
    let layerCount: Int
    let headCount: Int
    let kvHeadCount: Int
    let epsilon: Double
    /// Nil where it is -1: as many as the tokenizer has.
    let vocabularySize: Int?
    let ropeBase: Double
    let ropeScaling: Llama3Scaling?
    private let fields: FieldReader
    private static let largestDimension = 1 << 20

    var headDim: Int { dim / headCount }

    init(_ fields: FieldReader) throws(CheckpointError) {
        self.fields = fields
        dim = try fields.integer("dim", in: 1...Self.largestDimension)
        layerCount = try fields.integer("n_layers", in: 1...4096)
        headCount = try fields.integer("n_heads", in: 1...65_536)
        kvHeadCount = try fields.integer("n_kv_heads", in: 1...65_536, default: headCount)
        guard dim.isMultiple(of: 2 * headCount) else {
            throw fields.invalid("n_heads", "a number of heads of even size in 'dim', \(dim)")
        }
        // What Meta's code takes where the file has none.
        epsilon = try fields.number("norm_eps", in: 1e-30...1, default: 1e-5)
        let size = try fields.integer("vocab_size", in: -1...(1 << 21), default: -1)
        guard size != 0 else { throw fields.invalid("vocab_size", "-1 or the number of tokens") }
        vocabularySize = size < 0 ? nil : size
        ropeBase = try fields.number("rope_theta", in: 1...1e15, default: 10_000)
        ropeScaling = try Self.scaling(fields, dim: dim, layerCount: layerCount)
        for name in ["moe", "moe_args", "vision_chunk_size", "quantization_args"] where fields[name] != nil {
            throw fields.unsupported(
                "'\(name)': expected a text model of plain weights and one feed-forward block a layer")
        }
    }

    /// Llama 3.1's and later ones', whose numbers Meta's code has; Llama 4's files have two of them.
    private static func scaling(
        _ fields: FieldReader, dim: Int, layerCount: Int
    ) throws(CheckpointError) -> Llama3Scaling? {
        guard try fields.flag("use_scaled_rope", default: false) else { return nil }
        let high = try fields.number("rope_high_freq_factor", in: 1.001...1e6, default: 4)
        return Llama3Scaling(
            factor: try fields.number(
                "rope_scaling_factor", in: 1e-3...1e6, default: scalingFactor(dim: dim, layerCount: layerCount)),
            lowFrequencyFactor: 1,
            highFrequencyFactor: high, trainedContext: 8192)
    }

    /// What files that say no factor were trained with: the small models of Llama 3.2, which are told by their shapes, with
    /// another one than the rest.
    package static func scalingFactor(dim: Int, layerCount: Int) -> Double {
        [(2048, 16), (3072, 28)].contains { $0 == (dim, layerCount) } ? 32 : 8
    }

    /// The trained context, which the file does not say: told by what the releases differ in.
    private var contextLength: Int {
        if ropeScaling != nil { return 131_072 }
        // Llama 3; CodeLlama; Llama 2, whose norms add as much as those of Llama 1 in its largest size alone; Llama 1.
        if ropeBase >= 500_000 { return ropeBase >= 1_000_000 ? 16_384 : 8192 }
        let isLargestOfLlama1 = layerCount == 80 && fields["n_kv_heads"] == nil
        return epsilon > 5e-6 && !isLargestOfLlama1 ? 4096 : 2048
    }

    /// The keys of GGUF's metadata that follow.
    func metadata(vocabularySize: Int, feedForward: Int) -> [(key: String, value: MetadataValue)] {
        func integer(_ key: String, _ number: Int) -> (String, MetadataValue) {
            ("llama.\(key)", .uint32(UInt32(clamping: number)))
        }
        func number(_ key: String, _ number: Double) -> (String, MetadataValue) {
            ("llama.\(key)", .float32(Float(number)))
        }
        return [
            integer("block_count", layerCount),
            integer("context_length", contextLength),
            integer("embedding_length", dim), integer("feed_forward_length", feedForward),
            integer("attention.head_count", headCount), integer("attention.head_count_kv", kvHeadCount),
            integer("attention.key_length", headDim), integer("attention.value_length", headDim),
            integer("rope.dimension_count", headDim), integer("vocab_size", vocabularySize),
            number("rope.freq_base", ropeBase), number("attention.layer_norm_rms_epsilon", epsilon),
        ]
    }
}
