/// The metadata keys of the `llama` architecture.
///
/// Specification: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package enum ModelKey: String {
    case architecture = "general.architecture"
    case name = "general.name"
    case blockCount = "llama.block_count"
    case contextLength = "llama.context_length"
    case embeddingLength = "llama.embedding_length"
    case feedForwardLength = "llama.feed_forward_length"
    case expertCount = "llama.expert_count"
    case vocabularySize = "llama.vocab_size"
    case headCount = "llama.attention.head_count"
    case headCountKV = "llama.attention.head_count_kv"
    case keyLength = "llama.attention.key_length"
    case valueLength = "llama.attention.value_length"
    case normEpsilon = "llama.attention.layer_norm_rms_epsilon"
    case ropeBase = "llama.rope.freq_base"
    case ropeDimensionCount = "llama.rope.dimension_count"
    case ropeScalingType = "llama.rope.scaling.type"
    case ropeScalingFactor = "llama.rope.scaling.factor"
    /// What files before `rope.scaling.factor` used.
    case ropeScaleLinear = "llama.rope.scale_linear"
    case tokens = "tokenizer.ggml.tokens"
}
