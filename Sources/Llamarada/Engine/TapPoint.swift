/// A transformer that shows its intermediate tensors.
package protocol TappedTransformer: Transformer {
    /// Is shown every intermediate tensor, in the order of computation.
    var tap: ((TapPoint, Matrix) -> Void)? { get set }

    /// The most tokens that one pass computes together with all their logits.
    var tappedChunk: Int { get }
}

/// A named intermediate tensor of the forward pass, the same on both backends, so that they can be compared.
package struct TapPoint: Hashable, Sendable, CustomStringConvertible {
    /// What was computed, in the order of computation. Shapes are (tokens, columns).
    package enum Operation: String, Sendable, CaseIterable {
        case embedding
        // Of every layer:
        case attentionNorm, q, k, v, qRotated, kRotated
        /// What the cache holds of the tokens' keys and values: rounded to its type.
        case kCached, vCached
        /// The heads' mixed values, before the output projection.
        case attention
        case attentionOutput
        /// The residual stream with the attention added.
        case afterAttention
        case ffnNorm, gate, up, swiglu, down
        /// The residual stream with the feed-forward network added: the layer's output.
        case afterFFN
        // After the last layer:
        case finalNorm, logits
    }

    /// The layer, from 0, or nil outside the layers.
    package let layer: Int?
    package let operation: Operation

    package init(layer: Int? = nil, _ operation: Operation) {
        self.layer = layer
        self.operation = operation
    }

    /// For example "layer 3 qRotated" or "logits".
    package var description: String {
        layer.map { "layer \($0) \(operation.rawValue)" } ?? operation.rawValue
    }
}
