import LlamaradaErrors

/// The `consolidated.NN.pth` of a folder, and which parts of which matrix each has.
///
/// Meta's code splits a model over devices: matrices that make heads or features by rows, those that take them by columns,
/// and each shard has every vector whole. Rows of queries and keys lie as GGUF's `llama` has them, the two that are rotated
/// together side by side.
struct MetaShards: Sendable {
    /// Rows of the embedding.
    private(set) var vocabularySize = 0
    /// Features between gate and down projection.
    private(set) var feedForward = 0
    private let files: [TorchFile]
    private let config: MetaConfig
    private static let mostShards = 64
    /// Elements of a matrix that is read one by one, by as many calls to the system.
    private static let largestTurned = 1 << 25
    private static let largestVocabulary = 1 << 21

    static func name(of index: Int) -> String { "consolidated.\(index < 10 ? "0" : "")\(index).pth" }

    init(_ folder: CheckpointFolder, _ config: MetaConfig) throws(CheckpointError) {
        self.config = config
        var files: [TorchFile] = []
        while files.count < Self.mostShards, folder.has(Self.name(of: files.count)) {
            files.append(try TorchFile(source: folder.open(Self.name(of: files.count))))
        }
        // Opened for its error.
        if files.isEmpty { _ = try folder.open(Self.name(of: 0)) }
        self.files = files
        try checkSizes()
        let (embedding, gate) = (try joined("tok_embeddings.weight"), try joined("layers.0.feed_forward.w1.weight"))
        guard embedding.shape[1] == config.dim else {
            throw CheckpointError(
                .invalid, file: folder.path,
                problem: "'tok_embeddings.weight': expected \(config.dim) columns in \(files.count) shards, found "
                    + "\(embedding.shape[1])",
                remedy: .other("Fetch every shard, consolidated.00.pth and those after it"))
        }
        guard embedding.shape[0] <= Self.largestVocabulary else {
            throw Self.invalid("tok_embeddings.weight", files[0], "expected at most \(Self.largestVocabulary) rows")
        }
        (vocabularySize, feedForward) = (embedding.shape[0], gate.shape[0])
    }

    /// Every byte of a file is part of one tensor at most, so all are no larger than their file, and norms are vectors of the
    /// model's width, which are read at once.
    private func checkSizes() throws(CheckpointError) {
        for file in files {
            var rest = file.source.byteCount
            for tensor in file.tensors {
                let byteCount = tensor.shape.reduce(tensor.elementByteCount, *)
                guard byteCount <= rest else {
                    throw Self.invalid(tensor.name, file, "expected no more bytes in all tensors than in the file")
                }
                rest -= byteCount
                guard !tensor.name.hasSuffix("rope.freqs") else { continue }
                let isNorm = tensor.name.hasSuffix("norm.weight")
                guard isNorm ? tensor.shape == [config.dim] : tensor.shape.count == 2 else {
                    let expected = isNorm ? "\(config.dim) elements" : "rows and columns"
                    throw Self.invalid(tensor.name, file, "expected \(expected), found shape \(tensor.shape)")
                }
                guard tensor.hasWholeRows || tensor.shape.reduce(1, *) <= Self.largestTurned else {
                    throw Self.invalid(
                        tensor.name, file, "expected rows whose elements follow each other, as it is so large")
                }
            }
        }
    }

    /// The tensors as GGUF has them.
    func tensors() throws(CheckpointError) -> [ConvertedTensor] {
        var result: [ConvertedTensor] = []
        for tensor in files[0].tensors where !tensor.name.hasSuffix("rope.freqs") {
            guard let name = Self.name(of: tensor.name, layerCount: config.layerCount) else {
                throw CheckpointError(
                    .unsupported, file: files[0].source.name,
                    problem: "tensor \(tensor.name.quoted()): no Llama has one of this name",
                    remedy: .supportedModel(insteadOf: files[0].source.name))
            }
            let matrix = try joined(tensor.name)
            if tensor.shape.count == 1 {
                result.append(ConvertedTensor(name, try vector(matrix, tensor)))
            } else {
                result.append(
                    ConvertedTensor(
                        name: name, shape: matrix.shape, elementType: tensor.elementType, content: .joined(matrix)))
            }
        }
        return result
    }

    /// Values of a vector, which every shard has whole.
    private func vector(_ matrix: JoinedMatrix, _ tensor: TorchFile.Tensor) throws(CheckpointError) -> [Float] {
        let count = tensor.shape[0]
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count * tensor.elementByteCount, alignment: 16)
        defer { bytes.deallocate() }
        try matrix.read(0..<bytes.count, into: bytes)
        return [Float](unsafeUninitializedCapacity: count) { elements, initialized in
            tensor.elementType.dequantize(
                UnsafeRawBufferPointer(bytes), into: UnsafeMutableBufferPointer(rebasing: elements[..<count]))
            initialized = count
        }
    }

    /// A tensor's parts in all shards; of a vector, as one row, the first shard's.
    private func joined(_ name: String) throws(CheckpointError) -> JoinedMatrix {
        var parts: [TorchFile.Tensor] = []
        for file in files {
            guard let part = file.tensor(named: name) else {
                throw Self.invalid(name, file, "expected it in every shard")
            }
            guard parts.allSatisfy({ $0.shape.count == part.shape.count && $0.elementType == part.elementType }) else {
                throw Self.invalid(name, file, "expected the type and the dimensions that other shards have")
            }
            parts.append(part)
        }
        let first = parts[0]
        guard first.shape.count == 2 else { return JoinedMatrix(parts: [first.part(of: files[0].source)], axis: .rows) }
        let axis = axis(of: name, first)
        let across = axis == .rows ? 1 : 0
        for (part, file) in zip(parts, files) where part.shape[across] != first.shape[across] {
            throw Self.invalid(
                name, file,
                "expected \(first.shape[across]) \(axis == .rows ? "columns" : "rows") as in the first shard")
        }
        return JoinedMatrix(parts: zip(parts, files).map { $0.part(of: $1.source) }, axis: axis)
    }

    private func axis(of name: String, _ part: TorchFile.Tensor) -> JoinedMatrix.Axis {
        if name.hasSuffix(".attention.wo.weight") || name.hasSuffix(".feed_forward.w2.weight") { return .columns }
        // By columns until Llama 2, since then by rows.
        return name == "tok_embeddings.weight" && part.shape[1] < config.dim ? .columns : .rows
    }

    private static func invalid(_ name: String, _ file: TorchFile, _ problem: String) -> CheckpointError {
        CheckpointError(
            .invalid, file: file.source.name, problem: "tensor \(name.quoted()): \(problem)", remedy: .fetchAgain)
    }

    // MARK: Names

    /// GGUF's name of a tensor; nil where it is not known.
    private static func name(of tensor: String, layerCount: Int) -> String? {
        if let name = outside[tensor] { return name }
        let parts = tensor.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "layers", let layer = Int(parts[1]), 0..<layerCount ~= layer,
            String(layer) == parts[1], let name = inLayers[String(parts[2])]
        else { return nil }
        return "blk.\(layer).\(name).weight"
    }

    private static let outside = [
        "tok_embeddings.weight": "token_embd.weight", "norm.weight": "output_norm.weight",
        "output.weight": "output.weight",
    ]
    private static let inLayers = [
        "attention_norm.weight": "attn_norm", "ffn_norm.weight": "ffn_norm", "attention.wq.weight": "attn_q",
        "attention.wk.weight": "attn_k", "attention.wv.weight": "attn_v", "attention.wo.weight": "attn_output",
        "feed_forward.w1.weight": "ffn_gate", "feed_forward.w2.weight": "ffn_down",
        "feed_forward.w3.weight": "ffn_up",
    ]
}

extension TorchFile.Tensor {
    var elementByteCount: Int { elementType == .f32 ? 4 : 2 }

    /// Whether the elements of a row follow each other.
    fileprivate var hasWholeRows: Bool { shape.last == 1 || strides.last == 1 }

    /// This tensor as a part of a matrix; a vector is one row.
    fileprivate func part(of source: any ByteSource) -> JoinedMatrix.Part {
        let isMatrix = shape.count == 2
        return JoinedMatrix.Part(
            source: source, byteOffset: byteOffset, rowCount: isMatrix ? shape[0] : 1,
            columnCount: shape[shape.count - 1],
            elementByteCount: elementByteCount, rowByteStride: isMatrix ? strides[0] * elementByteCount : 0,
            columnByteStride: strides[shape.count - 1] * elementByteCount)
    }
}
