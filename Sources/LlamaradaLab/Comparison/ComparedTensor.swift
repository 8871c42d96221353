package import Llamarada

/// One intermediate tensor of a model, compared between two sides.
package struct ComparedTensor: Sendable {
    /// How its tokens were computed; the kernels of products differ between the two.
    package enum Phase: String, Sendable, CaseIterable {
        /// Many tokens together.
        case prompt
        /// One token at a time.
        case decode
    }

    /// A plain operation that a fused one stands for.
    package struct Part: Sendable, Equatable {
        package var kernel: String
        package var isRight: Bool

        package init(kernel: String, isRight: Bool) {
            self.kernel = kernel
            self.isRight = isRight
        }
    }

    package var phase: Phase
    package var point: TapPoint
    /// (columns) of each token's row.
    package var columns: Int
    /// The kernel that computes it, such as "MatMul".
    package var kernel: String
    /// What it multiplies by, such as "blk.3.attn_q.weight", and that tensor's type; nil for other operations.
    package var weight: (name: String, type: String)?
    /// With everything that came before: what the rounding of all earlier operations has grown to.
    package var endToEnd = TensorDifference()
    /// Of this operation alone, on the expected side's input; nil where it was not run alone.
    package var alone: OwnError?
    /// Of a fused operation that is wrong: the plain ones that it stands for, and whether each is right by itself.
    package var inside: [Part] = []
    /// What `alone` must keep to; nil where it is only reported.
    package var bound: ErrorBound?

    /// How much of its bound the operation uses by itself: more than 1 means that it computes something else.
    package var share: Double? {
        guard let alone, let bound else { return nil }
        return alone.share(of: bound)
    }

    /// Whether the operation is wrong on an input that is right.
    package var isCause: Bool { share.map { !($0 <= 1) } ?? false }

    /// For example "layer 3 q (MatMul Q4_1, blk.3.attn_q.weight) of the prompt".
    package var name: String {
        let detail = weight.map { "\(kernel) \($0.type), \($0.name)" } ?? kernel
        return "\(point) (\(detail))" + (phase == .prompt ? " of the prompt" : " in decoding")
    }
}

extension Operation {
    /// The stem of the kernel that computes it.
    package func kernel(_ phase: ComparedTensor.Phase, _ precision: PrecisionClass = .exact) -> String {
        switch self {
        case .embedding: "Embedding"
        case .rmsNorm, .headNorm: "RMSNorm"
        case .product: phase == .decode ? "MatVec" : precision == .int8 ? "Int8MatMul" : "MatMul"
        case .normProduct: "RMSNormMatVec"
        case .bias: "AddBias"
        case .rope: "RoPE"
        case .cacheWrite: "CacheWrite"
        case .attention: phase == .prompt ? "Attention" : "AttentionSplit"
        case .add: "Add"
        case .swiGLU: "SwiGLU"
        case .geGLU: "GeGLU"
        case .scale: "Scale"
        case .wantedRows: "GatherRows"
        }
    }

    /// What the operation alone must keep to, in a class.
    package func bound(_ precision: PrecisionClass) -> ErrorBound {
        switch self {
        case .embedding, .cacheWrite, .wantedRows: .identical
        // Bytes of what models compute may be farther from it than those of normally distributed numbers, so such products
        // are compared with those of the rounded operands.
        case .product, .normProduct: precision == .int8 ? precision.product : precision.unroundedProduct
        case .attention: precision == .half ? precision.unroundedProduct : PrecisionClass.exact.product
        case .rmsNorm, .headNorm, .bias, .rope, .add, .swiGLU, .geGLU, .scale: .pointwise
        }
    }
}
