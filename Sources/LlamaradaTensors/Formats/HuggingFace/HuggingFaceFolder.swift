import LlamaradaErrors

/// A model as Hugging Face publishes it: a folder with `config.json`, safetensors files and `tokenizer.json` or
/// `tokenizer.model`.
package struct HuggingFaceFolder {
    private let path: String
    private let config: HuggingFaceConfig
    private let shards: HuggingFaceShards
    private let tokenizer: HuggingFaceTokenizer
    private static let largestConfig = 4 << 20

    /// Whether the path is a folder that says it holds a model.
    package static func isOne(_ path: String) -> Bool {
        FileStatus.isFolder(path) && FileStatus.exists("\(path)/config.json")
    }

    /// Reads and checks everything but the weights.
    package init(_ folder: CheckpointFolder) throws(CheckpointError) {
        path = folder.path
        config = try HuggingFaceConfig(folder.json("config.json", largest: Self.largestConfig))
        shards = try HuggingFaceShards(folder)
        // The size of the vocabulary is believed only where there is a row for each token.
        guard let embedding = shards.tensors.first(where: { $0.tensor.name == "model.embed_tokens.weight" }),
            embedding.tensor.shape.count == 2, embedding.tensor.shape[0] == config.vocabularySize
        else {
            throw CheckpointError(
                .invalid, file: path,
                problem:
                    "expected 'model.embed_tokens.weight' with \(config.vocabularySize) rows, as 'vocab_size' says",
                remedy: .fetchAgain)
        }
        tokenizer = try HuggingFaceTokenizer(folder, vocabularySize: config.vocabularySize)
    }

    /// The bytes of the GGUF file that a conversion would write.
    package func converted() throws(CheckpointError) -> any ByteSource {
        let tensors = try self.tensors()
        let trimmed = path.split(separator: "/").last.map(String.init) ?? path
        var metadata: [(key: String, value: MetadataValue)] = [
            ("general.architecture", .text(config.family.architecture)), ("general.name", .text(trimmed)),
        ]
        metadata += config.metadata
        metadata.append(("general.file_type", .uint32(ConvertedTensor.fileType(of: tensors))))
        metadata.append(("general.quantization_version", .uint32(2)))
        return ConvertedModel(name: path, metadata: metadata + tokenizer.metadata, tensors: tensors)
    }

    private func tensors() throws(CheckpointError) -> [ConvertedTensor] {
        var result: [ConvertedTensor] = []
        var names: Set<String> = []
        for (file, tensor) in shards.tensors {
            guard let name = config.family.name(of: tensor.name), !(config.isTied && name == "output.weight") else {
                continue
            }
            guard name != tensor.name, config.family.hasBiases || !name.hasSuffix(".bias") else {
                throw CheckpointError(
                    .unsupported, file: file.path,
                    problem: "tensor \(tensor.name.quoted()): '\(config.family.modelType)' has none of this name",
                    remedy: .supportedModel(insteadOf: file.path))
            }
            guard names.insert(name).inserted else {
                throw CheckpointError(
                    .invalid, file: file.path, problem: "tensor \(tensor.name.quoted()): expected every name once",
                    remedy: .fetchAgain)
            }
            result.append(try converted(tensor, name, file))
        }
        guard config.isTied || names.contains("output.weight") else {
            throw CheckpointError(
                .invalid, file: path,
                problem: "expected 'lm_head.weight', since 'tie_word_embeddings' is false; found none",
                remedy: .fetchAgain)
        }
        if let factors = config.ropeFactors, names.insert("rope_freqs.weight").inserted {
            result.append(ConvertedTensor("rope_freqs.weight", factors))
        }
        return result
    }

    /// Vectors become F32, as llama.cpp writes them; matrices stay as they are, but for the order of rows.
    private func converted(
        _ tensor: TensorDescription, _ name: String, _ file: SafetensorsFile
    ) throws(CheckpointError) -> ConvertedTensor {
        guard tensor.shape.count > 1 else {
            guard tensor.elementCount <= Self.longestVector else {
                throw CheckpointError(
                    .invalid, file: file.path,
                    problem: "tensor \(tensor.name.quoted()): expected at most \(Self.longestVector) elements, found "
                        + "\(tensor.elementCount)", remedy: .fetchAgain)
            }
            let offset = name.hasSuffix("norm.weight") ? config.family.normOffset : 0
            let values = try file.floats(of: tensor).map { $0 + offset }
            return ConvertedTensor(name, values)
        }
        return ConvertedTensor(
            name: name, shape: tensor.shape, elementType: tensor.elementType,
            content: .rows(file.source, byteOffset: tensor.byteOffset, try order(of: tensor, name, file)))
    }

    private static let longestVector = 1 << 24

    private func order(
        of tensor: TensorDescription, _ name: String, _ file: SafetensorsFile
    ) throws(CheckpointError) -> RowOrder {
        let isQuery = name.hasSuffix(".attn_q.weight")
        guard config.family.reordersHeads, isQuery || name.hasSuffix(".attn_k.weight") else { return .same }
        let rows = (isQuery ? config.headCount : config.kvHeadCount) * config.headDim
        guard tensor.shape.count == 2, tensor.shape[0] == rows else {
            throw CheckpointError(
                .invalid, file: file.path,
                problem: "tensor \(tensor.name.quoted()): expected \(rows) rows by the configuration, found shape "
                    + "\(tensor.shape)", remedy: .fetchAgain)
        }
        return .halves(headDim: config.headDim)
    }
}
