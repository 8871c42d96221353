package import LlamaradaText

/// Chooses the next tokens of one sequence: by ``Reference/sampleToken(_:_:)``, which the device may do as well, or by a
/// chain of the same stages in another order.
///
/// A value: what was copied goes on from the same random number and the same memory.
package struct Sampler: Sendable {
    package let options: SamplingOptions
    private let chain: SamplerChain
    /// The row of every token, but for what chance decides.
    private let row: SamplerRow
    private let breakers: SequenceBreakers
    private var random: RandomSource
    private var mirostat: MirostatState?

    /// Starts a random sequence. `options` must be valid, see ``SamplingOptions/validate()``.
    package init(_ options: SamplingOptions, breakers: SequenceBreakers = SequenceBreakers()) {
        require(options.validate() == nil, "Sampler", options.validate() ?? "")
        self.options = options
        self.breakers = breakers
        chain = SamplerChain(options)
        row = SamplerRow(options, uniform: 0)
        random = RandomSource(seed: options.seed ?? UInt64.random(in: .min ... .max))
        mirostat = options.mirostat.version == .off ? nil : MirostatState(options.mirostat)
    }

    /// Whether the next token cannot be drawn before the last one is known to the host.
    package var readsText: Bool { chain.readsText }

    /// What Mirostat remembers; nil where it is not used.
    package var largestSurprise: Double? { mirostat?.largestSurprise }

    /// What the next token is chosen by, on the device or here.
    ///
    /// Takes the next random numbers, as many whatever the logits are: where XTC is used one for whether it is done, then
    /// one for the draw, if that is not the likeliest token's.
    package mutating func nextRow() -> SamplerRow {
        var row = row
        if chain.stages.contains(.xtc), SamplerRow.unit(random.nextUnit()) >= options.xtc.probability {
            row.xtcThreshold = SamplerRow.noXTC
        }
        if !chain.takesLikeliest { row.uniform = SamplerRow.unit(random.nextUnit()) }
        return row
    }

    /// How logits are changed before the filters: by biases and, where they come first, by penalties.
    ///
    /// - Parameters:
    ///   - history: the tokens so far, prompt included.
    ///   - answer: those of them that were chosen.
    package func changes(history: [TokenID], answer: ArraySlice<TokenID>) -> [LogitChange] {
        options.changes(
            chain.stages.prefix(chain.changingStages), hasBias: true, history: history, answer: answer, breakers)
    }

    /// - Parameters:
    ///   - logits: (vocabulary).
    ///   - history: the tokens so far, prompt included, for the penalties.
    ///   - answer: those of them that were chosen.
    ///   - mask: which tokens may be chosen: see `TokenMask`; nil allows all.
    /// - Throws: `NonFiniteLogits` where some are NaN or infinite.
    package mutating func sample(
        _ logits: [Float], history: [TokenID], answer: ArraySlice<TokenID> = [], mask: [UInt32]? = nil
    ) throws(NonFiniteLogits) -> TokenID {
        let row = nextRow()
        var changed = logits
        Reference.change(&changed, by: changes(history: history, answer: answer), row)
        // Last of what every token's logit goes through: a penalty leaves the lowest number as it is.
        if let mask { Reference.maskLogits(&changed, mask) }
        if mirostat == nil, chain.isKernelOrder {
            let token = Reference.sampleToken(changed, row)
            guard token != Reference.noToken else { throw NonFiniteLogits() }
            return TokenID(bitPattern: token)
        }
        return try drawByChain(changed, row, history: history, answer: answer)
    }

    /// Draws by the chain even where the kernel's definition would do: for comparing them.
    ///
    /// - Throws: `NonFiniteLogits` where some are NaN or infinite.
    package mutating func sampleByChain(_ logits: [Float]) throws(NonFiniteLogits) -> TokenID {
        let row = nextRow()
        return try drawByChain(logits, row, history: [], answer: [])
    }

    private mutating func drawByChain(
        _ logits: [Float], _ row: SamplerRow, history: [TokenID], answer: ArraySlice<TokenID>
    ) throws(NonFiniteLogits) -> TokenID {
        guard !logits.isEmpty, logits.allSatisfy(\.isFinite) else { throw NonFiniteLogits() }
        let (options, breakers) = (options, breakers)
        let drawn = chain.draw(logits, row, options, mirostat: &mirostat) { stage in
            options.changes([stage], hasBias: false, history: history, answer: answer, breakers)
        }
        return TokenID(drawn.id)
    }
}
