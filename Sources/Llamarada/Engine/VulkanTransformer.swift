package import LlamaradaDevice
package import LlamaradaTensors
package import LlamaradaText

/// One sequence of a Vulkan engine, with its intermediate tensors, and with its passes as lists of operations.
package final class VulkanTransformer: SingleSequence, TappedTransformer {
    package let engine: VulkanEngine
    package var device: Device { engine.device }
    /// Is shown what it wants of every pass; slow, since each tensor is read back.
    package var tap: Tap?
    package var tappedChunk: Int { tokenCapacities.allLogits }

    /// Takes an engine's first slot.
    package init(_ engine: VulkanEngine) {
        self.engine = engine
        super.init(engine)
    }

    /// Makes an engine for one sequence: see `VulkanEngine`.
    package convenience init(
        file: GGUFFile, configuration: ModelConfiguration, device: Device, contextLength: Int, chunk: Int = 512,
        keyCacheType: KVCacheType = .f16, valueCacheType: KVCacheType = .f16, fuses: Bool? = nil,
        precision: PrecisionClass = .exact, progress: ((LoadProgress) throws -> Void)? = nil
    ) throws {
        self.init(
            try VulkanEngine(
                file: file, configuration: configuration, device: device, contextLength: contextLength, chunk: chunk,
                keyCacheType: keyCacheType, valueCacheType: valueCacheType, keepsWindows: true, fuses: fuses,
                precision: precision, progress: progress))
    }

    /// Makes the outline of an engine for one sequence: see `VulkanEngine`.
    package convenience init(
        outlining tensors: ModelTensors, configuration: ModelConfiguration, device: Device, contextLength: Int,
        chunk: Int, keyCacheType: KVCacheType, valueCacheType: KVCacheType, fuses: Bool? = nil,
        precision: PrecisionClass = .exact
    ) throws {
        self.init(
            try VulkanEngine(
                outlining: tensors, configuration: configuration, device: device, contextLength: contextLength,
                chunk: chunk, keyCacheType: keyCacheType, valueCacheType: valueCacheType, fuses: fuses,
                precision: precision))
    }

    /// With a tap the step is not filled up, so that the tap sees its rows and no others.
    package override func compute(_ step: Step, depth: Int) throws -> [RowResult] {
        guard tap != nil else { return try engine.run(step) }
        let shape = Self.exactShape(step)
        try engine.prepare(step, as: shape)
        var pass = Pass(device)
        try engine.record(&pass, shape, depth: depth, tap: tap)
        try device.run(pass)
        return try engine.results(of: step)
    }

    /// Writes the input of a pass over `tokens` that the caller runs: see `pass(tokens:_:depth:ending:)`.
    package func prepare(_ tokens: ArraySlice<TokenID>, at position: Int, _ kind: RowKind, ending: Ending) throws {
        let step = step(tokens, at: position, kind, ending: ending)
        try engine.prepare(step, as: Self.exactShape(step))
    }

    /// The token that a pass over the last prepared tokens chose. Throws `NonFiniteLogits` where there is none.
    package func chosenToken(of kind: RowKind) throws -> TokenID {
        let row = Step.Row(0, at: 0, slot: 0, output: .likeliest)
        let step = kind == .decoding ? Step(decoding: [row]) : Step(prompt: [row])
        guard let token = try engine.results(of: step).last?.token else { throw NonFiniteLogits() }
        return token
    }

    /// The forward pass of n tokens as a list of operations, not run.
    ///
    /// - Parameters:
    ///   - kind: nil takes one token for decoding and more for a prompt.
    ///   - depth: the largest number of cached positions that a token sees. The commands serve all that need the same
    ///     shape; declared costs are of this one.
    package func pass(tokens n: Int, _ kind: RowKind? = nil, depth: Int, ending: Ending) throws -> Pass {
        let isDecoding = (kind ?? (n == 1 ? .decoding : .prompt)) == .decoding
        let wanted = ending == .nothing ? 0 : ending == .allLogits ? n : 1
        var pass = try engine.pass(
            StepShape(
                decoding: isDecoding ? n : 0, prompt: isDecoding ? 0 : n, wantedPrompt: isDecoding ? 0 : wanted,
                ending: ending == .nothing ? [] : ending == .argmax ? .likeliest : .logits,
                depth: StepShape.depth(reaching: depth)),
            depth: depth)
        pass.scope = "the forward pass of \(n) tokens"
        return pass
    }

    /// The shape of a step with no rows that only fill up.
    private static func exactShape(_ step: Step) -> StepShape {
        var shape = StepShape(step)
        shape.decoding = step.decoding.count
        shape.prompt = step.prompt.count
        shape.wantedPrompt = step.prompt.count { $0.output != .nothing }
        return shape
    }
}
