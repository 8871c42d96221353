package import Llamarada
package import LlamaradaDevice
import LlamaradaTensors

/// A step as it would be recorded, for estimates: on a device that only compiles, with buffers without memory.
package enum StepOutline {
    /// The pass of one token of one sequence.
    ///
    /// - Parameter depth: cached positions that the token sees besides itself.
    package static func decoding(
        tensors: ModelTensors, configuration: ModelConfiguration, device: Device, depth: Int,
        keyCacheType: KVCacheType = .f16, valueCacheType: KVCacheType = .f16
    ) throws -> Pass {
        let engine = try VulkanEngine(
            outlining: tensors, configuration: configuration, device: device, contextLength: depth + 1, chunk: 1,
            keyCacheType: keyCacheType, valueCacheType: valueCacheType)
        return try engine.pass(StepShape(decoding: 1, prompt: 0, wantedPrompt: 0, ending: .likeliest), depth: depth + 1)
    }

    /// The pass of a chunk of a prompt, from its beginning on: in the half class where the device has matrix units.
    package static func prompt(
        tensors: ModelTensors, configuration: ModelConfiguration, device: Device, tokens: Int,
        precision: PrecisionClass?, keyCacheType: KVCacheType = .f16, valueCacheType: KVCacheType = .f16
    ) throws -> Pass {
        let hasUnits = MatrixUnits.known(device) != .absent
        let attendsByUnits = AttentionUnits.known(device, headDim: configuration.headDim) != .absent
        let engine = try VulkanEngine(
            outlining: tensors, configuration: configuration, device: device, contextLength: tokens, chunk: tokens,
            keyCacheType: keyCacheType, valueCacheType: valueCacheType,
            precision: precision ?? (hasUnits ? .half : .exact))
        engine.tuning = { _ in
            var tuning = KernelTuning(device)
            tuning.usesMatrixUnits = hasUnits
            tuning.usesMatrixAttention = attendsByUnits
            return tuning
        }
        return try engine.pass(
            StepShape(decoding: 0, prompt: tokens, wantedPrompt: 1, ending: .likeliest), depth: tokens)
    }
}

extension WeightMixture {
    /// The tensors of a shape in these types.
    package func tensors(_ configuration: ModelConfiguration) -> ModelTensors {
        let shape = QuantizedShape(
            layerCount: configuration.layerCount,
            headsPerKVHead: configuration.headCount / configuration.kvHeadCount,
            hasHead: configuration.weightNames.contains { $0.kind == .output })
        return ModelTensors(
            configuration,
            matrixTypes: { name, columns in
                type(of: name.description, columns: columns, in: shape).fitting(columns: columns)
            })
    }
}

extension SyntheticShape {
    /// The hyperparameters of a model of this shape.
    package var configuration: ModelConfiguration {
        ModelConfiguration(
            name: name, layerCount: layerCount, dim: dim, headCount: headCount, kvHeadCount: kvHeadCount,
            ffnDim: ffnDim, vocabularySize: Self.vocabularySize, normEpsilon: normEpsilon,
            ropeBase: Double(Self.ropeBase), contextLength: Self.contextLength)
    }
}
