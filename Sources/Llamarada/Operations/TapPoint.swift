/// The intermediate tensors of the forward pass. Shapes are (tokens, columns).
package enum Activation: String, Sendable, CaseIterable {
    case embedding
    /// The embeddings, multiplied, of architectures that do so.
    case embeddingScaled
    // Of every layer:
    case attentionNorm, q, k, v, qBiased, kBiased, vBiased, qNormed, kNormed, qRotated, kRotated
    /// What the cache holds of the tokens' keys and values: rounded to its type.
    case kCached, vCached
    /// The heads' mixed values, before the output projection.
    case attention
    case attentionOutput
    /// Its RMS norm, of architectures that norm what a branch gives.
    case postAttentionNorm
    /// The residual stream with the attention added.
    case afterAttention
    case ffnNorm, gate, up, swiglu, geglu, down
    /// The RMS norm of `down`, of architectures that norm what a branch gives.
    case postFFNNorm
    /// The residual stream with the feed-forward network added: the layer's output.
    case afterFFN
    // Of the last layer, or after it:
    /// What attention gave for the rows whose logits are wanted, and their residual stream.
    case wantedAttention, wanted
    case finalNorm, logits
}

/// A named intermediate tensor of the forward pass, the same on every backend, so that they can be compared.
package struct TapPoint: Hashable, Sendable, CustomStringConvertible {
    /// The layer, from 0, or nil outside the layers.
    package let layer: Int?
    package let activation: Activation

    package init(layer: Int? = nil, _ activation: Activation) {
        self.layer = layer
        self.activation = activation
    }

    /// For example "layer 3 qRotated" or "logits".
    package var description: String {
        layer.map { "layer \($0) \(activation.rawValue)" } ?? activation.rawValue
    }
}
