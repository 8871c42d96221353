package import LlamaradaTensors

/// Every tensor that a model needs, found in its file and of the expected shape.
package struct ModelTensors: Sendable {
    /// Every tensor once, in the order of computation; without the head where that is the token embedding.
    package let all: [(name: WeightName, tensor: TensorDescription)]
    private let byName: [WeightName: TensorDescription]

    /// One tensor, in the shape of `WeightName.shape(_:)`. A tied head is the token embedding.
    package subscript(name: WeightName) -> TensorDescription {
        guard let tensor = byName[name] ?? (name.kind == .output ? byName[WeightName(.tokenEmbedding)] : nil) else {
            preconditionFailure("a model without \(name)")
        }
        return tensor
    }

    private init(
        _ configuration: ModelConfiguration, _ find: (WeightName) throws(CheckpointError) -> TensorDescription
    ) throws(CheckpointError) {
        var all: [(name: WeightName, tensor: TensorDescription)] = []
        for name in configuration.weightNames { all.append((name, try find(name))) }
        self.init(all)
    }

    private init(_ all: [(name: WeightName, tensor: TensorDescription)]) {
        self.all = all
        byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0.tensor) })
    }

    /// Some of the tensors, in the same order.
    package func filtered(_ isIncluded: (WeightName) -> Bool) -> ModelTensors {
        ModelTensors(all.filter { isIncluded($0.name) })
    }

    /// The tensors of a model that need be in no file: matrices of one type, vectors in f32.
    package init(_ configuration: ModelConfiguration, matrices elementType: ElementType) {
        self.init(configuration, matrixType: { _ in elementType })
    }

    /// The same with matrices of the type that `choose` gives for their columns.
    package init(_ configuration: ModelConfiguration, matrixType choose: (_ columns: Int) -> ElementType) {
        self.init(configuration, matrixTypes: { _, columns in choose(columns) })
    }

    /// The same with matrices of the type that `choose` gives for their names and columns.
    package init(
        _ configuration: ModelConfiguration, matrixTypes choose: (_ name: WeightName, _ columns: Int) -> ElementType
    ) {
        let all = configuration.weightNames.map { name in
            let shape = name.shape(configuration)
            let type: ElementType = shape.count == 1 ? .f32 : choose(name, shape[1])
            let tensor = TensorDescription(
                name: name.description, shape: shape, elementType: type, byteOffset: 0,
                byteCount: type.byteCount(elementCount: shape.reduce(1, *)) ?? 0)
            return (name: name, tensor: tensor)
        }
        self.init(all)
    }

    /// Finds the tensors; throws `CheckpointError` naming the first that is missing, misshapen or not understood.
    package init(_ gguf: GGUFFile, _ configuration: ModelConfiguration) throws(CheckpointError) {
        let finder = try TensorFinder(gguf, configuration)
        try self.init(configuration) { name throws(CheckpointError) in try finder.find(name) }
        try finder.refuseOthers()
    }
}

extension ModelConfiguration {
    /// The weights of the model, in the order of computation.
    package var weightNames: [WeightName] {
        let layers = (0..<layerCount).flatMap { layer in
            architecture.layerWeights.map { WeightName($0, layer: layer) }
        }
        return [WeightName(.tokenEmbedding)] + layers + [WeightName(.outputNorm)]
            + (tiedHead ? [] : [WeightName(.output)])
    }
}

extension WeightName {
    /// What `configuration` says of the shape, outermost first.
    package func shape(_ c: ModelConfiguration) -> [Int] {
        switch kind {
        case .tokenEmbedding, .output: [c.vocabularySize, c.dim]
        case .outputNorm, .attentionNorm, .postAttentionNorm, .ffnNorm, .postFFNNorm: [c.dim]
        case .ropeFactors: [c.ropeDimensionCount / 2]
        case .query: [c.headCount * c.headDim, c.dim]
        case .key, .value: [c.kvDim, c.dim]
        case .queryBias: [c.headCount * c.headDim]
        case .keyBias, .valueBias: [c.kvDim]
        case .queryNorm, .keyNorm: [c.headDim]
        case .attentionOutput: [c.dim, c.headCount * c.headDim]
        case .gate, .up: [c.ffnDim, c.dim]
        case .down: [c.dim, c.ffnDim]
        }
    }

    /// The hyperparameters that the shape follows from, for messages.
    var keys: [ModelKey] {
        switch kind {
        case .tokenEmbedding, .output, .outputNorm, .attentionNorm, .postAttentionNorm, .ffnNorm, .postFFNNorm:
            [.embeddingLength]
        case .ropeFactors: [.ropeDimensionCount]
        case .query, .attentionOutput: [.headCount, .embeddingLength]
        case .key, .value: [.headCountKV, .embeddingLength]
        case .queryBias: [.headCount]
        case .keyBias, .valueBias: [.headCountKV]
        case .queryNorm, .keyNorm: [.keyLength]
        case .gate, .up, .down: [.feedForwardLength, .embeddingLength]
        }
    }
}

/// Looks tensors up by name and compares their shapes.
private struct TensorFinder {
    private let gguf: GGUFFile
    private let configuration: ModelConfiguration
    private let reader: ModelKeyReader

    init(_ gguf: GGUFFile, _ configuration: ModelConfiguration) throws(CheckpointError) {
        self.gguf = gguf
        self.configuration = configuration
        reader = try ModelKeyReader(gguf)
    }

    func find(_ name: WeightName) throws(CheckpointError) -> TensorDescription {
        guard let found = gguf.tensor(named: name.description) else {
            throw reader.invalid(
                "tensor '\(name)' is missing; '\(reader.name(.blockCount))' says \(configuration.layerCount) layers")
        }
        let shape = name.shape(configuration)
        guard found.shape == shape else {
            let keys = name.keys.map { "'\(reader.name($0))'" }.joined(separator: " and ")
            throw reader.invalid(
                "tensor '\(name)' has shape \(describe(found.shape)); \(keys) \(name.keys.count == 1 ? "says" : "say") "
                    + describe(shape))
        }
        return found
    }

    /// Refuses tensors that would change the result; those that repeat what the metadata says are ignored.
    func refuseOthers() throws(CheckpointError) {
        let layerWeights = Set(configuration.architecture.layerWeights)
        for tensor in gguf.tensors {
            if let kind = WeightKind(rawValue: tensor.name), WeightKind.outsideLayers.contains(kind) { continue }
            guard !tensor.name.contains("attn_rot_embd") else { continue }
            let parts = tensor.name.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
            if parts.count == 3, parts[0] == "blk", let layer = Int(parts[1]),
                let kind = WeightKind(rawValue: String(parts[2])), layerWeights.contains(kind)
            {
                guard layer >= configuration.layerCount else { continue }
                throw reader.invalid(
                    "tensor \(tensor.name.quoted()) is there, but '\(reader.name(.blockCount))' says "
                        + "\(configuration.layerCount) layers")
            }
            let kind = tensor.name.hasSuffix(".bias") ? "biases are" : "this kind of tensor is"
            throw reader.unsupported("tensor \(tensor.name.quoted()): \(kind) not supported")
        }
    }
}
