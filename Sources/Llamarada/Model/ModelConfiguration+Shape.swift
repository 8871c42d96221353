extension ModelConfiguration {
    /// The hyperparameters of a model that need be in no file, without checks.
    package init(
        name: String, layerCount: Int, dim: Int, headCount: Int, kvHeadCount: Int, ffnDim: Int, vocabularySize: Int,
        normEpsilon: Float = 1e-6, ropeBase: Double = 10_000, contextLength: Int = 2048, tiedHead: Bool = false
    ) {
        self.name = name
        architecture = .llama
        self.layerCount = layerCount
        self.dim = dim
        self.headCount = headCount
        self.kvHeadCount = kvHeadCount
        headDim = dim / headCount
        self.ffnDim = ffnDim
        self.vocabularySize = vocabularySize
        self.normEpsilon = normEpsilon
        self.ropeBase = ropeBase
        ropeDimensionCount = dim / headCount
        ropeScale = 1
        ropeYaRN = nil
        ropeFactors = nil
        window = nil
        attentionScale = AttentionShape.usualScale(headDim: dim / headCount)
        self.contextLength = contextLength
        self.tiedHead = tiedHead
    }

    /// LLaMA 7B. Touvron et al. 2023, arXiv 2302.13971, table 2.
    package static let llama7B = ModelConfiguration(
        name: "LLaMA 7B", layerCount: 32, dim: 4096, headCount: 32, kvHeadCount: 32, ffnDim: 11_008,
        vocabularySize: 32_000)
}
