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

    /// The pipelines of one model: decoding, prompts, logits of all tokens, and the ways to choose a token.
    ///
    /// - Parameter device: opened for compiling.
    package static func all(
        tensors: ModelTensors, configuration c: ModelConfiguration, device: Device, chunk: Int = 512,
        keyCacheType: KVCacheType = .f16, valueCacheType: KVCacheType = .f16
    ) throws -> [PipelineUse] {
        let contextLength = min(c.contextLength, 4096)
        let transformer = try VulkanTransformer(
            outlining: tensors, configuration: c, device: device, contextLength: contextLength, chunk: chunk,
            keyCacheType: keyCacheType, valueCacheType: valueCacheType)
        var uses = PipelineUses()
        func note(_ tokens: Int, _ ending: VulkanTransformer.Ending) throws {
            uses.note(
                try transformer.pass(tokens: tokens, depth: contextLength, ending: ending), isDecoding: tokens == 1)
        }
        try note(1, .argmax)
        uses.note(try sampling(vocabulary: c.vocabularySize, device), isDecoding: true)
        try note(transformer.tokenCapacities.forward, .lastLogits)
        try note(transformer.tokenCapacities.allLogits, .allLogits)
        return uses.list
    }

    /// One row's penalty and draw.
    private static func sampling(vocabulary: Int, _ device: Device) throws -> Pass {
        let logits = try device.allocate(Float.self, count: vocabulary, name: "logits")
        let recent = try device.allocate(UInt32.self, count: RecentTokens.rowWords, name: "recent tokens")
        let parameters = try device.allocate(SamplerRow.self, count: 1, name: "parameters")
        let chosen = try device.allocate(UInt32.self, count: 1, name: "chosen token")
        var pass = Pass(device)
        pass.repeatPenalty(logits, recent: recent, parameters: parameters)
        pass.sampleToken(logits, parameters: parameters, into: chosen)
        return pass
    }

    /// The pipelines of LLaMA 7B in every weight type and every type of cache.
    package static func representative(_ device: Device) throws -> [PipelineUse] {
        var uses = PipelineUses()
        let c = ModelConfiguration.llama7B
        for elementType in ElementType.allCases {
            uses.merge(
                try all(tensors: ModelTensors(c, matrices: elementType), configuration: c, device: device))
        }
        for (keys, values) in [(KVCacheType.f16, KVCacheType.f32), (.f32, .f16), (.f32, .f32)] {
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
