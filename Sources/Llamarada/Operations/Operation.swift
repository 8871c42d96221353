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
    /// Rotates every head by the angles of the row's position, of which layers of either reach have their own:
    /// (rows, heads · headDim) → the same.
    case rope(heads: Int, headDim: Int, pairs: Int, pairing: RoPEPairing, angles: AttentionReach)
    /// Writes the rows into a layer's cache and gives what it then holds of them: (rows, kvHeads · headDim) → the same.
    case cacheWrite(CacheSide, layer: Int)
    /// Causal attention of the queries over a layer's cache; reads the queries and what was just cached.
    case attention(AttentionShape, layer: Int)
    /// gate · σ(gate) · up: two (rows, ffnDim) → (rows, ffnDim).
    case swiGLU
    /// gelu(gate) · up, in GELU's form with tanh: two (rows, ffnDim) → (rows, ffnDim).
    case geGLU
    /// x times a number.
    case scale(Float)
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
        case .rope, .cacheWrite, .attention, .swiGLU, .geGLU, .scale, .add, .wantedRows: nil
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

/// How far back a layer's attention sees; either has rotary angles of its own.
package enum AttentionReach: Hashable, Sendable {
    /// To the beginning of the text.
    case full
    /// A window of the last positions.
    case windowed
}

/// The sizes of attention with grouped queries, and what its scores are made of.
package struct AttentionShape: Sendable, Hashable {
    package var heads: Int
    package var kvHeads: Int
    package var headDim: Int
    /// Positions that a token sees, itself included; nil where it sees all before it.
    package var window: Int?
    /// What products of queries and keys are multiplied by.
    package var scale: Double

    /// - Parameter scale: 1/√headDim unless given.
    package init(heads: Int, kvHeads: Int, headDim: Int, window: Int? = nil, scale: Double? = nil) {
        self.heads = heads
        self.kvHeads = kvHeads
        self.headDim = headDim
        self.window = window
        self.scale = scale ?? Self.usualScale(headDim: headDim)
    }

    /// 1/√headDim. Vaswani et al. 2017, arXiv 1706.03762.
    package static func usualScale(headDim: Int) -> Double { 1 / Double(headDim).squareRoot() }

    package var kvDim: Int { kvHeads * headDim }
}
