package import LlamaradaDevice
import LlamaradaTensors

/// A layer's weights in device memory.
package struct VulkanLayer {
    package var attentionNorm: View<Float>  // (dim)
    package var query: WeightMatrix  // (heads · headDim, dim)
    package var key: WeightMatrix  // (kvHeads · headDim, dim)
    package var value: WeightMatrix  // (kvHeads · headDim, dim)
    package var attentionOutput: WeightMatrix  // (dim, heads · headDim)
    package var ffnNorm: View<Float>  // (dim)
    package var gate: WeightMatrix  // (ffnDim, dim)
    package var up: WeightMatrix  // (ffnDim, dim)
    package var down: WeightMatrix  // (dim, ffnDim)
}

/// How far loading has come.
public struct LoadProgress: Sendable {
    /// Bytes of the file that are in device memory.
    public var loadedByteCount: Int
    /// Bytes of all tensors.
    public var totalByteCount: Int
}

/// Every weight of a model in device memory, uploaded once.
package struct VulkanWeights {
    package var tokenEmbedding: WeightMatrix  // (vocabulary, dim)
    package var layers: [VulkanLayer]
    package var outputNorm: View<Float>  // (dim)
    package var output: WeightMatrix  // (vocabulary, dim); the token embedding itself where the head is tied

    /// Reads every tensor from the file, tile by tile, straight through the staging ring.
    init(
        _ file: GGUFFile, _ tensors: ModelTensors, _ configuration: ModelConfiguration, on device: Device,
        progress: ((LoadProgress) -> Void)?
    ) throws {
        var loader = try Loader(file, device, progress)
        tokenEmbedding = try loader.matrix(tensors.tokenEmbedding)
        layers = try (0..<configuration.layerCount).map { layer in
            VulkanLayer(
                attentionNorm: try loader.vector(tensors[layer, .attentionNorm]),
                query: try loader.matrix(tensors[layer, .query]),
                key: try loader.matrix(tensors[layer, .key]),
                value: try loader.matrix(tensors[layer, .value]),
                attentionOutput: try loader.matrix(tensors[layer, .attentionOutput]),
                ffnNorm: try loader.vector(tensors[layer, .ffnNorm]),
                gate: try loader.matrix(tensors[layer, .gate]),
                up: try loader.matrix(tensors[layer, .up]),
                down: try loader.matrix(tensors[layer, .down]))
        }
        outputNorm = try loader.vector(tensors.outputNorm)
        output = configuration.tiedHead ? tokenEmbedding : try loader.matrix(tensors.output)
        try loader.staging.finish()
    }

    /// Bytes that the weights will take in device memory.
    static func byteCount(_ tensors: ModelTensors, _ configuration: ModelConfiguration) -> Int {
        func matrix(_ tensor: TensorDescription) -> Int {
            WeightMatrix.byteCount(tensor.elementType, rows: tensor.rowCount, columns: tensor.columnCount)
        }
        let head = configuration.tiedHead ? 0 : matrix(tensors.output)
        let layers = (0..<configuration.layerCount).map { layer in
            LayerTensor.allCases.reduce(0) { $0 + matrix(tensors[layer, $1]) }
        }
        return matrix(tensors.tokenEmbedding) + head + layers.reduce(0, +) + 4 * configuration.dim
    }
}

/// Uploads tensors one after the other and reports how far it is.
private struct Loader {
    let file: GGUFFile
    let device: Device
    let staging: StagingRing
    let progress: ((LoadProgress) -> Void)?
    let total: Int
    var loaded = 0

    init(_ file: GGUFFile, _ device: Device, _ progress: ((LoadProgress) -> Void)?) throws {
        self.file = file
        self.device = device
        self.progress = progress
        staging = try StagingRing(device)
        total = file.tensors.reduce(0) { $0 + $1.byteCount }
    }

    mutating func matrix(_ tensor: TensorDescription) throws -> WeightMatrix {
        let before = loaded
        loaded += tensor.byteCount
        return try WeightMatrix(
            tensor.elementType, rows: tensor.rowCount, columns: tensor.columnCount, name: tensor.name, on: device,
            staging: staging
        ) { rows, bytes in
            try Task.checkCancellation()
            let start = rows.lowerBound * tensor.rowByteCount
            try file.read(tensor, byteRange: start..<rows.upperBound * tensor.rowByteCount, into: bytes)
            progress?(
                LoadProgress(loadedByteCount: before + rows.upperBound * tensor.rowByteCount, totalByteCount: total))
        }
    }

    mutating func vector(_ tensor: TensorDescription) throws -> View<Float> {
        let values = try file.floats(of: tensor)
        loaded += tensor.byteCount
        let view = try device.allocate(Float.self, count: values.count, name: tensor.name)
        try device.upload(values, to: view)
        return view
    }
}
