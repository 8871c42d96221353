/// A named intermediate tensor of the forward pass, the same on both backends, so that they can be compared.
package struct TapPoint: Hashable, Sendable, CustomStringConvertible {
    /// What was computed, in the order of computation. Shapes are (tokens, columns).
    package enum Operation: String, Sendable, CaseIterable {
        case embedding
        // Of every layer:
        case attentionNorm, q, k, v, qRotated, kRotated
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
