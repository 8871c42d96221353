package import Llamarada
package import LlamaradaDevice
import LlamaradaTensors

/// A pipeline that a model uses, and how often.
///
/// Which kernels, variants and tiles a model needs is known to nobody but the forward pass, so that is asked: it is
/// recorded as for a run, on a device that only compiles and with buffers that have no memory.
package struct PipelineUse {
    package var request: PipelineRequest
    /// Dispatches of one decoded token.
    package var decodeCount: Int
    /// Dispatches of one chunk of a prompt.
    package var promptCount: Int

    /// The pipelines of one model: decoding of 1 to 8 sequences, prompts, logits of all tokens, and the ways to choose a
    /// token.
    ///
    /// - Parameter device: opened for compiling.
    package static func all(
        tensors: ModelTensors, configuration c: ModelConfiguration, device: Device, chunk: Int = 512,
        keyCacheType: KVCacheType = .f16, valueCacheType: KVCacheType = .f16
    ) throws -> [PipelineUse] {
        let contextLength = min(c.contextLength, 4096)
        func engine(_ precision: PrecisionClass) throws -> VulkanEngine {
            try VulkanEngine(
                outlining: tensors, configuration: c, device: device, contextLength: contextLength, slots: 8,
                chunk: chunk, keyCacheType: keyCacheType, valueCacheType: valueCacheType, precision: precision)
        }
        let exact = try engine(.exact)
        var uses = PipelineUses()
        func note(_ shape: StepShape, _ engine: VulkanEngine) throws {
            uses.note(try engine.pass(shape, depth: contextLength), isDecoding: shape.prompt == 0)
        }
        for count in [1, 2, 4, 8] {
            try note(StepShape(decoding: count, prompt: 0, wantedPrompt: 0, ending: [.sampled, .penalised]), exact)
        }
        try note(StepShape(decoding: 1, prompt: 0, wantedPrompt: 0, ending: .likeliest), exact)
        let (chunk, wanted) = (exact.capacity.chunk, min(exact.capacity.chunk, exact.capacity.wantedRows))
        try note(StepShape(decoding: 0, prompt: wanted, wantedPrompt: wanted, ending: .logits), exact)
        // Whole chunks, and the beginnings of texts.
        let prompts = [8, 16, 32, chunk].map { StepShape(decoding: 0, prompt: $0, wantedPrompt: 1, ending: .likeliest) }
        for prompt in prompts where prompt.rows <= chunk { try note(prompt, exact) }
        if MatrixUnits.known(device) != .absent {
            let half = try engine(.half)
            half.tuning = { _ in
                var tuning = KernelTuning(device)
                tuning.usesMatrixUnits = true
                tuning.usesMatrixAttention = AttentionUnits.known(device, headDim: c.headDim) != .absent
                return tuning
            }
            for prompt in prompts where prompt.rows <= chunk { try note(prompt, half) }
        }
        let bytes = try engine(.int8)
        for prompt in prompts where prompt.rows <= chunk { try note(prompt, bytes) }
        return uses.list
    }

    /// The pipelines of LLaMA 7B in every weight type and every type of cache.
    package static func representative(_ device: Device) throws -> [PipelineUse] {
        var uses = PipelineUses()
        let c = ModelConfiguration.llama7B
        for elementType in ElementType.allCases {
            uses.merge(
                try all(tensors: ModelTensors(c, matrices: elementType), configuration: c, device: device))
        }
        for (keys, values) in KVCacheType.pairs.dropFirst() {
            uses.merge(
                try all(
                    tensors: ModelTensors(c, matrices: .f16), configuration: c, device: device, keyCacheType: keys,
                    valueCacheType: values))
        }
        return uses.list
    }
}

/// Pipelines by their keys, each once, with the larger counts of several passes or models.
private struct PipelineUses {
    private var uses: [PipelineRequest.Key: PipelineUse] = [:]

    mutating func note(_ pass: Pass, isDecoding: Bool) {
        var seen: [PipelineRequest.Key: PipelineUse] = [:]
        for case .dispatch(let dispatch) in pass.operations {
            let fresh = PipelineUse(request: dispatch.pipeline, decodeCount: 0, promptCount: 0)
            seen[dispatch.pipeline.key, default: fresh].decodeCount += isDecoding ? 1 : 0
            seen[dispatch.pipeline.key, default: fresh].promptCount += isDecoding ? 0 : 1
        }
        merge(Array(seen.values))
    }

    mutating func merge(_ others: [PipelineUse]) {
        for other in others {
            var use = uses[other.request.key] ?? other
            use.decodeCount = max(use.decodeCount, other.decodeCount)
            use.promptCount = max(use.promptCount, other.promptCount)
            uses[other.request.key] = use
        }
    }

    /// By kernel, variant, then constants.
    var list: [PipelineUse] {
        uses.values.sorted { a, b in
            let (a, b) = (a.request.key, b.request.key)
            if a.stem != b.stem { return a.stem < b.stem }
            if a.variant != b.variant { return a.variant < b.variant }
            return a.constants.lexicographicallyPrecedes(b.constants) { $0.bits < $1.bits }
        }
    }
}
