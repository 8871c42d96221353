/// How Hugging Face writes the models of one family: what is not the same as in GGUF.
struct HuggingFaceFamily: Sendable {
    /// The value of `model_type`.
    let modelType: String
    /// The value of `general.architecture` that stands for the same formulas.
    let architecture: String
    /// Whether the rows of q and k change their order: `RowOrder.halves`.
    var reordersHeads = false
    /// Norms are multiplied by 1 + w, where GGUF has the factor itself.
    var normOffset: Float = 0
    /// The head is the embedding, unless `tie_word_embeddings` says otherwise.
    var isTied = false
    /// The base of the rotary frequencies where the configuration has none.
    var ropeBase = 10_000.0
    /// Whether queries, keys and values have biases.
    var hasBiases = false
    /// What `hidden_act` or `hidden_activation` must be.
    var activation = "silu"
    /// Norms behind both branches, which have other names then.
    var hasPostNorms = false

    static let all = [
        HuggingFaceFamily(modelType: "llama", architecture: "llama", reordersHeads: true),
        HuggingFaceFamily(modelType: "mistral", architecture: "llama", reordersHeads: true),
        HuggingFaceFamily(modelType: "qwen2", architecture: "qwen2", hasBiases: true),
        HuggingFaceFamily(modelType: "qwen3", architecture: "qwen3"),
        HuggingFaceFamily(
            modelType: "gemma3_text", architecture: "gemma3", normOffset: 1, isTied: true, ropeBase: 1e6,
            activation: "gelu_pytorch_tanh", hasPostNorms: true),
    ]

    /// GGUF's name of a tensor; nil for one that repeats what the configuration says; the name itself where it is not
    /// known.
    func name(of tensor: String) -> String? {
        if tensor.hasSuffix("rotary_emb.inv_freq") { return nil }
        if let name = Self.outside[tensor] { return name }
        let parts = tensor.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "model", parts[1] == "layers" else { return tensor }
        let stem = parts[3].split(separator: ".")
        guard let last = stem.last else { return tensor }
        let kind = stem.dropLast().joined(separator: ".")
        guard let name = (hasPostNorms ? Self.withPostNorms[kind] : nil) ?? Self.inLayers[kind] else { return tensor }
        return "blk.\(parts[2]).\(name).\(last)"
    }

    private static let outside = [
        "model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
        "lm_head.weight": "output.weight",
    ]
    private static let inLayers = [
        "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
        "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm", "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    ]
    private static let withPostNorms = [
        "post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
        "post_feedforward_layernorm": "post_ffw_norm",
    ]
}
