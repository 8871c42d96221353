import LlamaradaTensors

/// The tensors of one layer, by their names in GGUF files: the only place that knows them.
package enum LayerTensor: String, CaseIterable, Sendable {
    case attentionNorm = "attn_norm"
    case query = "attn_q"
    case key = "attn_k"
    case value = "attn_v"
    case attentionOutput = "attn_output"
    case ffnNorm = "ffn_norm"
    case gate = "ffn_gate"
    case up = "ffn_up"
    case down = "ffn_down"

    /// For example "blk.3.attn_q.weight".
    package func name(layer: Int) -> String { "blk.\(layer).\(rawValue).weight" }

    /// What `configuration` says of the shape, outermost first.
    package func shape(_ configuration: ModelConfiguration) -> [Int] {
        let c = configuration
        return switch self {
        case .attentionNorm, .ffnNorm: [c.dim]
        case .query: [c.headCount * c.headDim, c.dim]
        case .key, .value: [c.kvHeadCount * c.headDim, c.dim]
        case .attentionOutput: [c.dim, c.headCount * c.headDim]
        case .gate, .up: [c.ffnDim, c.dim]
        case .down: [c.dim, c.ffnDim]
        }
    }

    /// The hyperparameters that the shape follows from, for messages.
    var keys: [ModelKey] {
        switch self {
        case .attentionNorm, .ffnNorm: [.embeddingLength]
        case .query, .attentionOutput: [.headCount, .embeddingLength]
        case .key, .value: [.headCountKV, .embeddingLength]
        case .gate, .up, .down: [.feedForwardLength, .embeddingLength]
        }
    }
}

/// The tensors outside the layers, by their names in GGUF files.
package enum ModelTensor: String, CaseIterable, Sendable {
    case tokenEmbedding = "token_embd.weight"
    case outputNorm = "output_norm.weight"
    /// Absent where the token embedding serves as the head too.
    case output = "output.weight"
    /// Divisors of the rotary frequencies; present in Llama 3.1 and later.
    case ropeFactors = "rope_freqs.weight"
}
