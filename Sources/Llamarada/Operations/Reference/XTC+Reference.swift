extension Reference {
    /// Excludes top choices (p-e-w, text-generation-webui pull request 6335): of the tokens whose probabilities reach
    /// `threshold` only the least likely stays, and all that do not reach it do.
    ///
    /// Whether it is done at all for a token is decided by chance elsewhere: `SamplerRow.noXTC` is a threshold that no
    /// token reaches.
    package static func xtc(_ candidates: inout [Candidate], _ threshold: Float) {
        guard threshold < 1 else { return }
        let weights = distances(candidates).map(exp32)
        let limit = threshold * weights.reduce(0, +)
        let reaching = weights.prefix { $0 >= limit }.count
        if reaching > 1 { candidates.removeFirst(reaching - 1) }
    }
}
