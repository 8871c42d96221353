extension Architecture {
    /// Gemma 3, texts alone. Gemma Team 2025, arXiv 2503.19786.
    package static let gemma3 = Architecture(
        "gemma3", ropePairing: .halves, hasHeadNorms: true, hasPostNorms: true, gate: .gelu, scalesEmbeddings: true,
        window: .init(period: 6, ropeBase: 10_000), widthScaledDepth: 62)
}
