/// The metadata keys of a decoder; those that begin with a point follow the architecture's name.
///
/// Specification: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package enum ModelKey: String {
    case architecture = "general.architecture"
    case name = "general.name"
    case blockCount = ".block_count"
    case contextLength = ".context_length"
    case embeddingLength = ".embedding_length"
    case feedForwardLength = ".feed_forward_length"
    case expertCount = ".expert_count"
    case vocabularySize = ".vocab_size"
    case headCount = ".attention.head_count"
    case headCountKV = ".attention.head_count_kv"
    case keyLength = ".attention.key_length"
    case valueLength = ".attention.value_length"
    case attentionScale = ".attention.scale"
    case window = ".attention.sliding_window"
    case windowPattern = ".attention.sliding_window_pattern"
    case logitCap = ".final_logit_softcapping"
    case normEpsilon = ".attention.layer_norm_rms_epsilon"
    case ropeBase = ".rope.freq_base"
    /// The base of layers with a window.
    case windowedRopeBase = ".rope.freq_base_swa"
    case ropeDimensionCount = ".rope.dimension_count"
    case ropeScalingType = ".rope.scaling.type"
    case ropeScalingFactor = ".rope.scaling.factor"
    case ropeTrainedContext = ".rope.scaling.original_context_length"
    case ropeAttentionFactor = ".rope.scaling.attn_factor"
    case ropeFastTurns = ".rope.scaling.yarn_beta_fast"
    case ropeSlowTurns = ".rope.scaling.yarn_beta_slow"
    /// What files before `rope.scaling.factor` used.
    case ropeScaleLinear = ".rope.scale_linear"
    case tokens = "tokenizer.ggml.tokens"

    /// The key in a file of `architecture`, such as "llama.block_count".
    package func name(_ architecture: Architecture) -> String {
        rawValue.hasPrefix(".") ? architecture.name + rawValue : rawValue
    }
}
