/// One operation of a decoder's forward pass as a value: what is computed, without the numbers.
///
/// Any backend can run it on any input of the right shape: that is how a forward pass is recorded, and how one operation
/// is run again alone. The formulas are those of `Reference`, one extension each.
package enum Operation: Hashable, Sendable {
    /// The rows of a matrix that the step's tokens name: → (tokens, dim).
    case embedding(WeightName)
    /// RMS norm of every row: (rows, dim) → (rows, dim).
    case rmsNorm(WeightName, epsilon: Float)
    /// RMS norm of every head: (rows, heads · headDim) → the same; the weight is (headDim).
    case headNorm(WeightName, epsilon: Float)
    /// x · Wᵀ: (rows, columns) → (rows, W's rows).
    case product(WeightName)
    /// RMS norm and one product of it, fused: (rows, dim) → (rows, W's rows).
    case normProduct(norm: WeightName, epsilon: Float, WeightName)
    /// Adds a vector to every row.
    case bias(WeightName)
    /// Rotates every head by the angles of the row's position: (rows, heads · headDim) → the same.
    case rope(heads: Int, headDim: Int, pairs: Int, pairing: RoPEPairing)
    /// Writes the rows into a layer's cache and gives what it then holds of them: (rows, kvHeads · headDim) → the same.
    case cacheWrite(CacheSide, layer: Int)
    /// Causal attention of the queries over a layer's cache; reads the queries and what was just cached.
    case attention(AttentionShape, layer: Int)
    /// gate · σ(gate) · up: two (rows, ffnDim) → (rows, ffnDim).
    case swiGLU
    /// a + b.
    case add
    /// The rows of the step, so many, that logits are wanted of.
    case wantedRows(Int)

    /// The weight that the operation is named by; of a fused one that of its product.
    package var weight: WeightName? {
        switch self {
        case .embedding(let name), .rmsNorm(let name, _), .headNorm(let name, _), .product(let name),
            .normProduct(_, _, let name), .bias(let name):
            name
        case .rope, .cacheWrite, .attention, .swiGLU, .add, .wantedRows: nil
        }
    }

    /// Whether a plain form of several operations computes the same.
    package var isFused: Bool { if case .normProduct = self { true } else { false } }
}

/// Which dimensions of a head form the pairs that RoPE rotates.
package enum RoPEPairing: Hashable, Sendable {
    /// (2i, 2i + 1): Meta's order.
    case neighbours
    /// (i, i + n/2): Hugging Face's and NeoX's order.
    case halves
}

/// The two halves of a cache.
package enum CacheSide: Hashable, Sendable {
    case keys, values
}

/// The sizes of attention with grouped queries.
package struct AttentionShape: Sendable, Hashable {
    package var heads: Int
    package var kvHeads: Int
    package var headDim: Int

    package init(heads: Int, kvHeads: Int, headDim: Int) {
        self.heads = heads
        self.kvHeads = kvHeads
        self.headDim = headDim
    }

    package var kvDim: Int { kvHeads * headDim }
}
