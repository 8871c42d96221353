package import LlamaradaTensors

/// Every tensor that a model needs, found in its file and of the expected shape.
package struct ModelTensors: Sendable {
    /// (vocabulary, dim).
    package let tokenEmbedding: TensorDescription
    /// (dim).
    package let outputNorm: TensorDescription
    /// (vocabulary, dim); the token embedding where the head is tied.
    package let output: TensorDescription
    private let layers: [[LayerTensor: TensorDescription]]

    /// One tensor of a layer, in the shape of ``LayerTensor/shape(_:)``.
    package subscript(layer: Int, tensor: LayerTensor) -> TensorDescription {
        guard let description = layers[layer][tensor] else { preconditionFailure("\(tensor) of layer \(layer)") }
        return description
    }

    /// The tensors of a model that need be in no file: matrices of one type, norms in f32.
    package init(_ configuration: ModelConfiguration, matrices elementType: ElementType) {
        func tensor(_ name: String, _ shape: [Int]) -> TensorDescription {
            TensorDescription(
                name: name, shape: shape, elementType: shape.count == 1 ? .f32 : elementType, byteOffset: 0,
                byteCount: 0)
        }
        let head = [configuration.vocabularySize, configuration.dim]
        tokenEmbedding = tensor(ModelTensor.tokenEmbedding.rawValue, head)
        outputNorm = tensor(ModelTensor.outputNorm.rawValue, [configuration.dim])
        output = configuration.tiedHead ? tokenEmbedding : tensor(ModelTensor.output.rawValue, head)
        layers = (0..<configuration.layerCount).map { layer in
            Dictionary(
                uniqueKeysWithValues: LayerTensor.allCases.map {
                    ($0, tensor($0.name(layer: layer), $0.shape(configuration)))
                })
        }
    }

    /// Finds the tensors; throws `CheckpointError` naming the first that is missing, misshapen or not understood.
    package init(_ gguf: GGUFFile, _ configuration: ModelConfiguration) throws(CheckpointError) {
        let finder = TensorFinder(gguf)
        let head = [configuration.vocabularySize, configuration.dim]
        tokenEmbedding = try finder.find(.tokenEmbedding, shape: head)
        outputNorm = try finder.find(.outputNorm, shape: [configuration.dim])
        output = configuration.tiedHead ? tokenEmbedding : try finder.find(.output, shape: head)
        var layers: [[LayerTensor: TensorDescription]] = []
        for layer in 0..<configuration.layerCount {
            var tensors: [LayerTensor: TensorDescription] = [:]
            for tensor in LayerTensor.allCases {
                tensors[tensor] = try finder.find(tensor, layer: layer, configuration)
            }
            layers.append(tensors)
        }
        self.layers = layers
        try finder.refuseOthers(layerCount: configuration.layerCount)
    }
}

/// Looks tensors up by name and compares their shapes.
private struct TensorFinder {
    private let gguf: GGUFFile
    private let reader: ModelKeyReader

    init(_ gguf: GGUFFile) {
        self.gguf = gguf
        self.reader = ModelKeyReader(gguf)
    }

    func find(_ tensor: ModelTensor, shape: [Int]) throws(CheckpointError) -> TensorDescription {
        try find(tensor.rawValue, shape: shape, keys: [.embeddingLength])
    }

    func find(
        _ tensor: LayerTensor, layer: Int, _ configuration: ModelConfiguration
    ) throws(CheckpointError) -> TensorDescription {
        try find(tensor.name(layer: layer), shape: tensor.shape(configuration), keys: tensor.keys)
    }

    private func find(
        _ name: String, shape: [Int], keys: [ModelKey]
    ) throws(CheckpointError) -> TensorDescription {
        guard let found = gguf.tensor(named: name) else {
            let layers = try reader.integer(.blockCount, in: 1...4096)
            throw reader.invalid("tensor '\(name)' is missing; '\(ModelKey.blockCount.rawValue)' says \(layers) layers")
        }
        guard found.shape == shape else {
            let names = keys.map { "'\($0.rawValue)'" }.joined(separator: " and ")
            let verb = keys.count == 1 ? "says" : "say"
            throw reader.invalid(
                "tensor '\(name)' has shape \(describe(found.shape)); \(names) \(verb) \(describe(shape))")
        }
        return found
    }

    /// Refuses tensors that would change the result; those that repeat what the metadata says are ignored.
    func refuseOthers(layerCount: Int) throws(CheckpointError) {
        for tensor in gguf.tensors {
            guard ModelTensor(rawValue: tensor.name) == nil, !tensor.name.contains("attn_rot_embd") else { continue }
            let parts = tensor.name.split(separator: ".", omittingEmptySubsequences: false)
            if parts.count == 4, parts[0] == "blk", parts[3] == "weight", let layer = Int(parts[1]),
                LayerTensor(rawValue: String(parts[2])) != nil
            {
                guard layer >= layerCount else { continue }
                throw reader.invalid(
                    "tensor \(tensor.name.quoted()) is there, but '\(ModelKey.blockCount.rawValue)' says "
                        + "\(layerCount) layers")
            }
            let kind = tensor.name.hasSuffix(".bias") ? "biases are" : "this kind of tensor is"
            throw reader.unsupported("tensor \(tensor.name.quoted()): \(kind) not supported")
        }
    }
}
