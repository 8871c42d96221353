extension Architecture {
    /// Llama 1 to 3, Mistral 7B, TinyLlama, SmolLM2. Touvron et al. 2023, arXiv 2302.13971.
    package static let llama = Architecture("llama")
}
