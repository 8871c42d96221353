import LlamaradaDevice
import LlamaradaTensors

// Weights without their bytes, on a device that only compiles. What they are made of is what the real ones are made of,
// so that a pass recorded with them names the pipelines that a run would.

extension WeightMatrix {
    /// The matrix in the shards that the device's limits ask for, never filled.
    init(outlining tensor: TensorDescription, on device: Device) throws(DeviceError) {
        elementType = tensor.elementType
        rows = tensor.rowCount
        columns = tensor.columnCount
        var shards: [Shard] = []
        let ranges = try Self.partition(elementType, rows: rows, columns: columns, name: tensor.name, on: device)
        for range in ranges {
            let layout = WeightLayout(elementType, rows: range.count, columns: columns)
            let words = try device.allocate(UInt32.self, count: layout.byteCount / 4, name: tensor.name)
            shards.append(Shard(firstRow: range.lowerBound, layout: layout, words: words))
        }
        self.shards = shards
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
