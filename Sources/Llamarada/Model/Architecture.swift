/// How the block of one family of decoders differs from Llama's, as a value: adding a family is adding one of these.
///
/// The base block: RMS norm → q, k, v → RoPE → softmax(q · k / √headDim) · v → output → + x → RMS norm → down(silu(gate) ⊙
/// up) → + x. `Decoder` reads the value; nothing else asks for an architecture's name.
package struct Architecture: Sendable, Equatable {
    /// The value of `general.architecture`, and the prefix of the metadata's keys.
    package var name: String
    /// Which dimensions of a head are rotated together.
    package var ropePairing = RoPEPairing.neighbours
    /// Whether vectors are added to q, k and v.
    package var hasAttentionBias = false
    /// Whether each head of q and k goes through an RMS norm before RoPE.
    package var hasHeadNorms = false
    /// Whether what attention and the feed-forward network give goes through an RMS norm before it joins x.
    package var hasPostNorms = false
    /// What the gate of the feed-forward network goes through.
    package var gate = Gate.silu
    /// Whether embeddings are multiplied by √dim.
    package var scalesEmbeddings = false
    /// What files leave out about windows, where the family has layers with them; nil ignores a file's window.
    package var window: WindowDefaults?
    /// The layers of the model whose scores are divided by √(dim / heads), not by √headDim, though no key says so.
    package var widthScaledDepth: Int?

    /// The function of a gated feed-forward network. Shazeer 2020, arXiv 2002.05202.
    package enum Gate: Sendable {
        case silu
        /// In its form with tanh.
        case gelu
    }

    /// Which layers have windows and what their rotary frequencies are made of, unless a file says otherwise.
    package struct WindowDefaults: Sendable, Equatable {
        package var period: Int
        package var ropeBase: Double
    }

    /// Those that this version knows.
    package static let all: [Architecture] = [.llama, .qwen2, .qwen3, .gemma3]

    /// The architecture of that name; nil where it is not known.
    package init?(named name: String) {
        guard let known = Self.all.first(where: { $0.name == name }) else { return nil }
        self = known
    }

    init(
        _ name: String, ropePairing: RoPEPairing = .neighbours, hasAttentionBias: Bool = false,
        hasHeadNorms: Bool = false, hasPostNorms: Bool = false, gate: Gate = .silu, scalesEmbeddings: Bool = false,
        window: WindowDefaults? = nil, widthScaledDepth: Int? = nil
    ) {
        self.name = name
        self.ropePairing = ropePairing
        self.hasAttentionBias = hasAttentionBias
        self.hasHeadNorms = hasHeadNorms
        self.hasPostNorms = hasPostNorms
        self.gate = gate
        self.scalesEmbeddings = scalesEmbeddings
        self.window = window
        self.widthScaledDepth = widthScaledDepth
    }

    /// The tensors of a layer, in the order of computation.
    package var layerWeights: [WeightKind] {
        [.attentionNorm, .query, .key, .value] + (hasAttentionBias ? [.queryBias, .keyBias, .valueBias] : [])
            + (hasHeadNorms ? [.queryNorm, .keyNorm] : []) + [.attentionOutput]
            + (hasPostNorms ? [.postAttentionNorm] : []) + [.ffnNorm, .gate, .up, .down]
            + (hasPostNorms ? [.postFFNNorm] : [])
    }
}
