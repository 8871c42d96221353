extension Architecture {
    /// Qwen3, dense. Yang et al. 2025, arXiv 2505.09388.
    package static let qwen3 = Architecture("qwen3", ropePairing: .halves, hasHeadNorms: true)
}
