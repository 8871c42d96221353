package import LlamaradaText

/// Chooses the next tokens of one sequence by ``Reference/sampleToken(_:_:)``: the options and a random sequence.
package struct Sampler: Sendable {
    package let options: SamplingOptions
    private var random: RandomSource

    /// Starts a random sequence. `options` must be valid, see ``SamplingOptions/validate()``.
    package init(_ options: SamplingOptions) {
        require(options.validate() == nil, "Sampler", options.validate() ?? "")
        self.options = options
        self.random = RandomSource(seed: options.seed ?? UInt64.random(in: .min ... .max))
    }

    /// What the next token is chosen by, on the device or here. Takes the next random number, if chance decides.
    package mutating func nextRow() -> SamplerRow {
        SamplerRow(options, uniform: options.temperature > 0 ? random.nextUnit() : 0)
    }

    /// - Parameters:
    ///   - logits: (vocabulary).
    ///   - history: the tokens so far, prompt included, for the repeat penalty.
    /// - Throws: `NonFiniteLogits` where some are NaN or infinite.
    package mutating func sample(_ logits: [Float], history: [TokenID]) throws(NonFiniteLogits) -> TokenID {
        let row = nextRow()
        var penalized = logits
        Reference.repeatPenalty(&penalized, recent: options.recentTokens(of: history), row)
        let token = Reference.sampleToken(penalized, row)
        guard token != Reference.noToken else { throw NonFiniteLogits() }
        return TokenID(bitPattern: token)
    }
}
