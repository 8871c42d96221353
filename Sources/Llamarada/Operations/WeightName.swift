/// A weight tensor of a decoder: which one, and of which layer.
package struct WeightName: Hashable, Sendable, CustomStringConvertible {
    /// The layer, from 0, or nil outside the layers.
    package let layer: Int?
    package let kind: WeightKind

    package init(_ kind: WeightKind, layer: Int? = nil) {
        self.layer = layer
        self.kind = kind
    }

    /// The name in GGUF files, such as "blk.3.attn_q.weight".
    package var description: String { layer.map { "blk.\($0).\(kind.rawValue)" } ?? kind.rawValue }
}

/// The weight tensors that decoders have, by their names in GGUF files: the only place that knows these.
package enum WeightKind: String, CaseIterable, Sendable {
    // Outside the layers:
    case tokenEmbedding = "token_embd.weight"
    case outputNorm = "output_norm.weight"
    /// Absent where the token embedding serves as the head too.
    case output = "output.weight"
    /// Divisors of the rotary frequencies; present in Llama 3.1 and later.
    case ropeFactors = "rope_freqs.weight"
    // Of every layer:
    case attentionNorm = "attn_norm.weight"
    case query = "attn_q.weight"
    case key = "attn_k.weight"
    case value = "attn_v.weight"
    case queryBias = "attn_q.bias"
    case keyBias = "attn_k.bias"
    case valueBias = "attn_v.bias"
    case queryNorm = "attn_q_norm.weight"
    case keyNorm = "attn_k_norm.weight"
    case attentionOutput = "attn_output.weight"
    case postAttentionNorm = "post_attention_norm.weight"
    case ffnNorm = "ffn_norm.weight"
    case gate = "ffn_gate.weight"
    case up = "ffn_up.weight"
    case down = "ffn_down.weight"
    case postFFNNorm = "post_ffw_norm.weight"

    /// Those that a model has once.
    static let outsideLayers: Set<WeightKind> = [.tokenEmbedding, .outputNorm, .output, .ropeFactors]
}
