import Llamarada

/// The hyperparameters of a model that is made up, for measuring where no weights are at hand.
public struct SyntheticShape: Sendable, Equatable {
    /// The name that is asked for, such as `7B`.
    public let name: String
    /// Transformer layers.
    public let layerCount: Int
    /// Elements of the residual stream.
    public let dim: Int
    /// Query heads.
    public let headCount: Int
    /// Key and value heads.
    public let kvHeadCount: Int
    /// Elements of the feed-forward network's hidden layer.
    public let ffnDim: Int
    /// What RMS norms add to the mean of squares.
    public let normEpsilon: Float

    /// Tokens of context; all shapes have LLaMA's.
    public static let contextLength = 2048
    /// Tokens of the vocabulary; all shapes have LLaMA's number.
    public static let vocabularySize = 32_000
    /// The base of the rotary frequencies.
    public static let ropeBase: Float = 10_000

    /// Elements of one head.
    public var headDim: Int { dim / headCount }

    /// Runs in seconds anywhere: 19 M parameters, most of them vocabulary; grouped queries.
    public static let tiny = SyntheticShape(
        name: "tiny", layerCount: 4, dim: 256, headCount: 4, kvHeadCount: 2, ffnDim: 704, normEpsilon: 1e-5)
    /// TinyLlama 1.1B's shape: 32 heads over 4 key and value heads.
    public static let billion1 = SyntheticShape(
        name: "1B", layerCount: 22, dim: 2048, headCount: 32, kvHeadCount: 4, ffnDim: 5632, normEpsilon: 1e-5)
    /// LLaMA 1 7B (Touvron et al. 2023, arXiv 2302.13971).
    public static let billion7 = SyntheticShape(
        name: "7B", layerCount: 32, dim: 4096, headCount: 32, kvHeadCount: 32, ffnDim: 11_008, normEpsilon: 1e-6)
    /// LLaMA 1 13B.
    public static let billion13 = SyntheticShape(
        name: "13B", layerCount: 40, dim: 5120, headCount: 40, kvHeadCount: 40, ffnDim: 13_824, normEpsilon: 1e-6)

    /// Every shape, smallest first.
    public static let all = [tiny, billion1, billion7, billion13]
}

/// One tensor of a made-up model.
struct SyntheticTensor {
    var name: String
    /// Outermost first.
    var shape: [Int]
    var content: Content

    enum Content: Equatable {
        /// Numbers around 0 with this standard deviation.
        case matrix(deviation: Double)
        /// The same, but the first rows are 0: tokens that are never the likeliest.
        case head(deviation: Double, zeroRows: Int)
        /// Numbers from 0.8 to 1.2.
        case norm
    }
}

extension SyntheticShape {
    /// Every tensor in the file's order.
    ///
    /// Matrices have the standard deviation 1.5 / √fan-in: large enough that attention is not flat, small enough that
    /// nothing overflows over 40 layers.
    var tensors: [SyntheticTensor] {
        let configuration = ModelConfiguration(
            name: name, layerCount: layerCount, dim: dim, headCount: headCount, kvHeadCount: kvHeadCount,
            ffnDim: ffnDim,
            vocabularySize: Self.vocabularySize)
        return configuration.weightNames.map { name in
            let shape = name.shape(configuration)
            return SyntheticTensor(name: name.description, shape: shape, content: content(name.kind, shape))
        }
    }

    private func content(_ kind: WeightKind, _ shape: [Int]) -> SyntheticTensor.Content {
        switch kind {
        case _ where shape.count == 1: .norm
        case .tokenEmbedding: .matrix(deviation: 1)
        case .output: .head(deviation: gain(dim), zeroRows: SyntheticVocabulary.specialCount)
        default: .matrix(deviation: gain(shape[1]))
        }
    }

    private func gain(_ fanIn: Int) -> Double { 1.5 / Double(fanIn).squareRoot() }
}
