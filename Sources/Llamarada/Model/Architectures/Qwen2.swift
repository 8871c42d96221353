extension Architecture {
    /// Qwen2, Qwen2.5 and what was distilled into them. Yang et al. 2024, arXiv 2407.10671.
    package static let qwen2 = Architecture("qwen2", ropePairing: .halves, hasAttentionBias: true)
}
