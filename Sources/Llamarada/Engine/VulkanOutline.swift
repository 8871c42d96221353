import LlamaradaDevice
import LlamaradaTensors

// Weights without their bytes, on a device that only compiles. What they are made of is what the real ones are made of,
// so that a pass recorded with them names the pipelines that a run would.

extension WeightMatrix {
    /// The matrix in the shards that the device's limits ask for, never filled.
    init(outlining tensor: TensorDescription, on device: Device) throws(DeviceError) {
        try self.init(
            outlining: tensor.elementType, joining: [tensor.rowCount], columns: tensor.columnCount, name: tensor.name,
            on: device)
    }
}

extension VulkanWeights {
    /// Every weight of the model, never filled.
    init(outlining tensors: ModelTensors, _ c: ModelConfiguration, on device: Device) throws(DeviceError) {
        func vector(_ tensor: TensorDescription) throws(DeviceError) -> View<Float> {
            try device.allocate(Float.self, count: tensor.elementCount, name: tensor.name)
        }
        func matrix(_ tensor: TensorDescription) throws(DeviceError) -> WeightMatrix {
            try WeightMatrix(outlining: tensor, on: device)
        }
        tokenEmbedding = try matrix(tensors.tokenEmbedding)
        var layers: [VulkanLayer] = []
        for layer in 0..<c.layerCount {
            layers.append(
                VulkanLayer(
                    attentionNorm: try vector(tensors[layer, .attentionNorm]),
                    query: try matrix(tensors[layer, .query]),
                    key: try matrix(tensors[layer, .key]),
                    value: try matrix(tensors[layer, .value]),
                    attentionOutput: try matrix(tensors[layer, .attentionOutput]),
                    ffnNorm: try vector(tensors[layer, .ffnNorm]),
                    gate: try matrix(tensors[layer, .gate]),
                    up: try matrix(tensors[layer, .up]),
                    down: try matrix(tensors[layer, .down])))
        }
        self.layers = layers
        outputNorm = try vector(tensors.outputNorm)
        output = c.tiedHead ? tokenEmbedding : try matrix(tensors.output)
    }
}
