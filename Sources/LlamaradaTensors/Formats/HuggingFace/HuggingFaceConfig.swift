import Glibc
import LlamaradaErrors

/// The hyperparameters of a `config.json`, within bounds, as GGUF's metadata has them.
struct HuggingFaceConfig: Sendable {
    let family: HuggingFaceFamily
    let vocabularySize: Int
    let headDim: Int
    let headCount: Int
    let kvHeadCount: Int
    /// Whether the head is the embedding; a head in the file is not read then.
    let isTied: Bool
    /// Divisors of the rotary frequencies, (headDim / 2); nil without Llama 3.1's scaling.
    let ropeFactors: [Float]?
    /// The keys that follow from the configuration.
    private(set) var metadata: [(key: String, value: MetadataValue)] = []
    private let fields: FieldReader
    private static let largestDimension = 1 << 20

    /// - Throws: `CheckpointError` with code `unsupported` naming what this version lacks.
    init(_ fields: FieldReader) throws(CheckpointError) {
        self.fields = fields
        family = try Self.family(fields)
        let dim = try fields.integer("hidden_size", in: 1...Self.largestDimension)
        headCount = try fields.integer("num_attention_heads", in: 1...65_536)
        kvHeadCount = try fields.integer("num_key_value_heads", in: 1...65_536, default: headCount)
        headDim = try fields.integer("head_dim", in: 2...65_536, default: max(2, dim / headCount))
        guard headDim.isMultiple(of: 2) else { throw fields.invalid("head_dim", "an even number") }
        vocabularySize = try fields.integer("vocab_size", in: 1...(1 << 21))
        isTied = try fields.flag("tie_word_embeddings", default: family.isTied)
        let rope = try RoPE(fields, family, headDim: headDim)
        ropeFactors = rope.factors
        try checkSupported()
        try addKeys(dim: dim, rope)
    }

    private static func family(_ fields: FieldReader) throws(CheckpointError) -> HuggingFaceFamily {
        let type = try fields.text("model_type") ?? ""
        guard let family = HuggingFaceFamily.all.first(where: { $0.modelType == type }) else {
            let known = HuggingFaceFamily.all.map { "'\($0.modelType)'" }.joined(separator: ", ")
            throw fields.unsupported("'model_type' is \(type.quoted()); this build knows \(known)")
        }
        return family
    }

    private func checkSupported() throws(CheckpointError) {
        for name in ["hidden_act", "hidden_activation"] {
            if let found = try fields.text(name), found != family.activation {
                throw fields.unsupported("'\(name)' is \(found.quoted()); expected '\(family.activation)'")
            }
        }
        for name in ["final_logit_softcapping", "attn_logit_softcapping"] where fields[name] != nil {
            throw fields.unsupported("'\(name)': capped logits are not supported")
        }
        if family.modelType.hasPrefix("qwen"), try fields.flag("use_sliding_window", default: false) {
            throw fields.unsupported("'use_sliding_window': windows are not supported in this architecture")
        }
        if fields["quantization_config"] != nil {
            throw fields.unsupported(
                "'quantization_config': weights that were quantised in this format are not supported")
        }
    }

    private mutating func addKeys(dim: Int, _ rope: RoPE) throws(CheckpointError) {
        let prefix = family.architecture
        func integer(_ key: String, _ number: Int) -> (String, MetadataValue) {
            ("\(prefix).\(key)", .uint32(UInt32(clamping: number)))
        }
        func number(_ key: String, _ number: Double) -> (String, MetadataValue) {
            ("\(prefix).\(key)", .float32(Float(number)))
        }
        metadata = [
            integer("block_count", try fields.integer("num_hidden_layers", in: 1...4096)),
            integer("context_length", try contextLength()), integer("embedding_length", dim),
            integer("feed_forward_length", try fields.integer("intermediate_size", in: 1...Self.largestDimension)),
            integer("attention.head_count", headCount), integer("attention.head_count_kv", kvHeadCount),
            integer("attention.key_length", headDim), integer("attention.value_length", headDim),
            integer("rope.dimension_count", headDim), integer("vocab_size", vocabularySize),
            number("rope.freq_base", rope.base),
            number(
                "attention.layer_norm_rms_epsilon",
                try fields.number("rms_norm_eps", in: 1e-30...1, default: 1e-6)),
        ]
        if let yarn = rope.yarn {
            metadata.append(("\(prefix).rope.scaling.type", .text("yarn")))
            metadata += [
                number("rope.scaling.factor", yarn.factor),
                integer("rope.scaling.original_context_length", yarn.trainedContext),
                number("rope.scaling.attn_factor", yarn.attentionFactor),
                number("rope.scaling.yarn_beta_fast", yarn.fastTurns),
                number("rope.scaling.yarn_beta_slow", yarn.slowTurns),
            ]
        }
        if rope.scale != 1 {
            metadata.append(("\(prefix).rope.scaling.type", .text("linear")))
            metadata.append(number("rope.scaling.factor", rope.scale))
        }
        if prefix == "gemma3" { try addWindow(rope, integer, number) }
    }

    /// Mistral's layers see no farther than their window; within it a window changes nothing.
    private func contextLength() throws(CheckpointError) -> Int {
        let longest = Int(Int32.max)
        let trained = try fields.integer("max_position_embeddings", in: 1...longest)
        guard family.modelType == "mistral" else { return trained }
        return min(trained, try fields.integer("sliding_window", in: 1...longest, default: trained))
    }

    private mutating func addWindow(
        _ rope: RoPE, _ integer: (String, Int) -> (String, MetadataValue),
        _ number: (String, Double) -> (String, MetadataValue)
    ) throws(CheckpointError) {
        metadata.append(
            integer("attention.sliding_window", try fields.integer("sliding_window", in: 1...(1 << 30))))
        let pattern = try fields.integer(
            fields["sliding_window_pattern"] == nil ? "_sliding_window_pattern" : "sliding_window_pattern",
            in: 1...4096, default: 6)
        metadata.append(integer("attention.sliding_window_pattern", pattern))
        let local = try fields.number("rope_local_base_freq", in: 1...1e15, default: 10_000)
        metadata.append(number("rope.freq_base_swa", rope.localBase ?? local))
        let scalar = try fields.number("query_pre_attn_scalar", in: 1e-6...1e9, default: Double(headDim))
        metadata.append(number("attention.scale", 1 / scalar.squareRoot()))
    }
}

extension HuggingFaceConfig {
    /// The rotary frequencies: their base, and how they are scaled for contexts longer than the trained ones.
    struct RoPE {
        let base: Double
        /// The base in layers with a window; nil where `rope_parameters` has none of their own.
        private(set) var localBase: Double?
        /// What positions are divided by.
        private(set) var scale = 1.0
        private(set) var factors: [Float]?
        private(set) var yarn: YaRN?

        /// The numbers of YaRN, as GGUF's metadata has them.
        struct YaRN {
            let factor: Double
            let trainedContext: Int
            let attentionFactor: Double
            let fastTurns: Double
            let slowTurns: Double
        }

        init(_ fields: FieldReader, _ family: HuggingFaceFamily, headDim: Int) throws(CheckpointError) {
            // Newer configurations have one object for both, or one for each kind of layer.
            var parameters = try fields.object("rope_parameters")
            if let both = parameters, let full = try both.object("full_attention") {
                parameters = full
                localBase = try Self.localBase(both, fields)
            }
            if let parameters {
                guard parameters["rope_theta"] != nil else {
                    throw fields.invalid("rope_parameters", "an object with 'rope_theta' or 'full_attention'")
                }
                base = try parameters.number("rope_theta", in: 1...1e15)
            } else {
                base = try fields.number("rope_theta", in: 1...1e15, default: family.ropeBase)
            }
            let older = try fields.object("rope_scaling")
            guard let scaling = older ?? parameters else { return }
            let type = try scaling.text(scaling["rope_type"] == nil ? "type" : "rope_type") ?? "default"
            switch type {
            case "default": break
            case "linear": scale = try scaling.number("factor", in: 1e-3...1e6)
            // Within the trained context it changes nothing; beyond it, where users are warned, it is left out.
            case "dynamic": break
            case "yarn": yarn = try Self.yarn(scaling, fields)
            case "llama3": factors = try Self.factors(scaling, base: base, headDim: headDim)
            default:
                throw fields.unsupported(
                    "'rope_scaling' is of type \(type.quoted()); this build knows 'linear', 'dynamic', 'yarn' and "
                        + "'llama3'")
            }
        }

        /// The base in layers with a window, whose positions are never scaled.
        private static func localBase(
            _ parameters: FieldReader, _ fields: FieldReader
        ) throws(CheckpointError) -> Double? {
            guard let sliding = try parameters.object("sliding_attention") else { return nil }
            guard try sliding.text("rope_type") ?? "default" == "default" else {
                throw fields.unsupported("'sliding_attention': scaling in layers with a window is not supported")
            }
            return try sliding.number("rope_theta", in: 1...1e15)
        }

        private static func yarn(_ scaling: FieldReader, _ fields: FieldReader) throws(CheckpointError) -> YaRN {
            for name in ["mscale", "mscale_all_dim", "truncate"] where scaling[name] != nil {
                throw fields.unsupported("'rope_scaling': '\(name)' is not supported")
            }
            let factor = try scaling.number("factor", in: 1e-3...1e6)
            let longest = try fields.integer("max_position_embeddings", in: 1...Int(Int32.max))
            // What the paper recommends; GGUF has what a model takes besides.
            let usual = factor > 1 ? 1 + 0.1 * log(factor) : 1
            let magnitude = try scaling.number("attention_factor", in: 1e-3...1e3, default: usual)
            return YaRN(
                factor: factor,
                trainedContext: try scaling.integer(
                    "original_max_position_embeddings", in: 1...Int(Int32.max), default: longest),
                attentionFactor: magnitude / usual,
                fastTurns: try scaling.number("beta_fast", in: 1e-6...1e9, default: 32),
                slowTurns: try scaling.number("beta_slow", in: 1e-6...1e9, default: 1))
        }

        /// Divisors of the frequencies by Llama 3.1's scaling.
        private static func factors(
            _ scaling: FieldReader, base: Double, headDim: Int
        ) throws(CheckpointError) -> [Float] {
            let factor = try scaling.number("factor", in: 1e-3...1e6)
            let low = try scaling.number("low_freq_factor", in: 1e-3...1e6)
            let high = try scaling.number("high_freq_factor", in: 1e-3...1e6)
            let trained = try scaling.number("original_max_position_embeddings", in: 1...1e9)
            guard high > low else { throw scaling.invalid("high_freq_factor", "more than 'low_freq_factor'") }
            let scale = Llama3Scaling(
                factor: factor, lowFrequencyFactor: low, highFrequencyFactor: high, trainedContext: trained)
            return scale.divisors(base: base, headDim: headDim)
        }
    }
}
