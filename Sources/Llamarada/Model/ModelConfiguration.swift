public import LlamaradaTensors

/// The hyperparameters of a decoder, checked against each other and against the file's tensors.
///
/// Touvron et al. 2023, arXiv 2302.13971, with grouped queries as in Llama 2.
public struct ModelConfiguration: Sendable, Equatable {
    /// What the file calls the model; empty where it has no name.
    public let name: String
    /// How the model's block differs from Llama's.
    package let architecture: Architecture
    /// Transformer layers.
    public let layerCount: Int
    /// Elements of the residual stream, the embedding length.
    public let dim: Int
    /// Query heads.
    public let headCount: Int
    /// Key and value heads, a divisor of ``headCount``.
    public let kvHeadCount: Int
    /// Elements of one head, even.
    public let headDim: Int
    /// Elements of the feed-forward network's hidden layer.
    public let ffnDim: Int
    /// Tokens that the model knows.
    public let vocabularySize: Int
    /// What RMS norms add to the mean of squares.
    public let normEpsilon: Float
    /// The base of the rotary frequencies.
    public let ropeBase: Double
    /// Dimensions of a head that are rotated: all of them.
    public let ropeDimensionCount: Int
    /// What positions are divided by: 1 without linear scaling.
    public let ropeScale: Double
    /// How frequencies are stretched for a context beyond the first trained one; nil without YaRN.
    package let ropeYaRN: YaRNScaling?
    /// Divisors of the rotary frequencies, (ropeDimensionCount / 2), or nil.
    public let ropeFactors: [Float]?
    /// Layers that see the last positions only; nil where all layers see everything.
    package let window: AttentionWindow?
    /// What products of queries and keys are multiplied by.
    package let attentionScale: Double
    /// Tokens of context that the model was trained for.
    public let contextLength: Int
    /// Whether the token embedding is the output head too.
    public let tiedHead: Bool

    /// Elements of one cached key or value row, (kvHeadCount · headDim).
    public var kvDim: Int { kvHeadCount * headDim }

    /// Reads the hyperparameters of `gguf` and checks them.
    ///
    /// Throws `CheckpointError` with code `unsupported` for another architecture or a feature that this version lacks,
    /// and with code `invalid` where a value is out of range, or values or tensor shapes contradict each other.
    public init(gguf: GGUFFile) throws(CheckpointError) {
        let reader = try ModelKeyReader(gguf)
        architecture = reader.architecture
        try reader.checkSupported()
        try reader.checkLogitCap()
        name = (try? gguf.metadata.find(ModelKey.name.rawValue, .text)) ?? ""
        layerCount = try reader.integer(.blockCount, in: 1...4096)
        dim = try reader.integer(.embeddingLength, in: 1...ModelKeyReader.largestDimension)
        headCount = try reader.integer(.headCount, in: 1...65_536)
        kvHeadCount = try reader.integer(.headCountKV, in: 1...65_536, default: headCount)
        ffnDim = try reader.integer(.feedForwardLength, in: 1...ModelKeyReader.largestDimension)
        contextLength = try reader.integer(.contextLength, in: 1...Int(Int32.max))
        headDim = try reader.headDim(dim: dim, headCount: headCount, kvHeadCount: kvHeadCount)
        ropeDimensionCount = headDim
        normEpsilon = Float(try reader.number(.normEpsilon, in: 1e-30...1))
        ropeBase = try reader.number(.ropeBase, in: 1...1e15, default: 10_000)
        (ropeScale, ropeYaRN) = try reader.ropeScaling()
        vocabularySize = try reader.vocabularySize(dim: dim)
        ropeFactors = try reader.ropeFactors(pairCount: headDim / 2)
        window = try reader.window()
        attentionScale = try reader.attentionScale(
            layerCount: layerCount, dim: dim, headCount: headCount, headDim: headDim)
        tiedHead = gguf.tensor(named: WeightKind.output.rawValue) == nil
        _ = try ModelTensors(gguf, self)
    }
}
