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

    /// Those that this version knows.
    package static let all: [Architecture] = [.llama, .qwen2, .qwen3]

    /// The architecture of that name; nil where it is not known.
    package init?(named name: String) {
        guard let known = Self.all.first(where: { $0.name == name }) else { return nil }
        self = known
    }

    init(
        _ name: String, ropePairing: RoPEPairing = .neighbours, hasAttentionBias: Bool = false,
        hasHeadNorms: Bool = false
    ) {
        self.name = name
        self.ropePairing = ropePairing
        self.hasAttentionBias = hasAttentionBias
        self.hasHeadNorms = hasHeadNorms
    }

    /// The tensors of a layer, in the order of computation.
    package var layerWeights: [WeightKind] {
        [.attentionNorm, .query, .key, .value] + (hasAttentionBias ? [.queryBias, .keyBias, .valueBias] : [])
            + (hasHeadNorms ? [.queryNorm, .keyNorm] : []) + [.attentionOutput, .ffnNorm, .gate, .up, .down]
    }
}
