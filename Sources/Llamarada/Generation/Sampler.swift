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
    ///   - answer: those of them that were chosen, for the presence and frequency penalties.
    /// - Throws: `NonFiniteLogits` where some are NaN or infinite.
    package mutating func sample(
        _ logits: [Float], history: [TokenID], answer: ArraySlice<TokenID> = []
    ) throws(NonFiniteLogits) -> TokenID {
        let row = nextRow()
        var penalized = logits
        change(&penalized, answer: answer)
        Reference.repeatPenalty(&penalized, recent: options.recentTokens(of: history), row)
        let token = Reference.sampleToken(penalized, row)
        guard token != Reference.noToken else { throw NonFiniteLogits() }
        return TokenID(bitPattern: token)
    }

    /// Biases, then penalties as OpenAI's reference of its API defines them.
    private func change(_ logits: inout [Float], answer: ArraySlice<TokenID>) {
        guard options.changesLogits else { return }
        for (token, bias) in options.logitBias where logits.indices.contains(Int(token)) { logits[Int(token)] += bias }
        guard options.presencePenalty != 0 || options.frequencyPenalty != 0 else { return }
        var counts: [TokenID: Int] = [:]
        for token in answer { counts[token, default: 0] += 1 }
        for (token, count) in counts where logits.indices.contains(Int(token)) {
            logits[Int(token)] -= options.presencePenalty + Float(count) * options.frequencyPenalty
        }
    }
}
