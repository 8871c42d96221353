import LlamaradaErrors

/// Which type each tensor of a model gets: what a quantiser is going to write, before it reads a weight.
package struct QuantizationPlan: Sendable {
    /// One tensor.
    package struct Entry: Sendable {
        /// The tensor as it is.
        package let tensor: TensorDescription
        /// The type that it gets; its own where it is copied.
        package let elementType: ElementType
        /// The type that the preset wants; another one than `elementType` where its blocks do not divide the rows.
        package let wanted: ElementType
        /// What an error weighs in each column, or nil where nothing is known of it or the type makes no use of it.
        package var importance: [Float]?

        /// Whether the bytes stay as they are.
        package var isCopied: Bool { elementType == tensor.elementType }
        /// Whether the preset's type does not fit the rows.
        package var isFallback: Bool { elementType != wanted }
        /// The bytes that are going to be written.
        package var byteCount: Int { elementType.byteCount(elementCount: tensor.elementCount) ?? 0 }
    }

    /// What is made of the model; nil where every tensor is copied.
    package let preset: QuantizationPreset?
    /// The tensors in the file's order.
    package let entries: [Entry]
    /// What is known of the importance of columns, and the path that it was read from.
    package let importance: (matrix: ImportanceMatrix, path: String)?

    /// Bytes of all tensors, as they are and as they will be.
    package var byteCounts: (before: Int, after: Int) {
        entries.reduce((0, 0)) { ($0.0 + $1.tensor.byteCount, $0.1 + $1.byteCount) }
    }

    /// Weights of all tensors.
    package var elementCount: Int { entries.reduce(0) { $0 + $1.tensor.elementCount } }

    /// Plans for a model.
    ///
    /// - Parameters:
    ///   - allowsRequantization: whether weights that were quantised already may be quantised once more, which adds to
    ///     their error.
    ///   - importance: a matrix of the model's, and the path that it was read from.
    /// - Throws: `CheckpointError` naming the first such tensor where that is not allowed, and where the file does not
    ///   say how many layers and heads there are or the importance is another model's.
    package init(
        _ preset: QuantizationPreset, for file: GGUFFile, allowsRequantization: Bool,
        importance: (matrix: ImportanceMatrix, path: String)? = nil
    ) throws(CheckpointError) {
        self.preset = preset
        self.importance = importance
        try importance?.matrix.check(against: file, path: importance?.path ?? "")
        var shape = try QuantizedShape(of: file)
        shape.hasImportance = importance != nil
        var entries: [Entry] = []
        for tensor in file.tensors {
            var entry = Self.entry(preset, tensor, shape)
            if !entry.isCopied, entry.elementType.usesImportance {
                entry.importance = importance?.matrix.weights(of: tensor.name)
            }
            guard entry.isCopied || allowsRequantization || !tensor.elementType.isQuantized else {
                throw CheckpointError(
                    .unsupported, file: file.path,
                    problem:
                        "tensor \(tensor.name.quoted()): expected F32, F16 or BF16 to make \(entry.elementType) of, "
                        + "found \(tensor.elementType), which has lost some of the weights' bits already",
                    remedy: .requantize)
            }
            entries.append(entry)
        }
        self.entries = entries
    }

    /// Plans a copy.
    package init(copying file: GGUFFile) {
        preset = nil
        importance = nil
        entries = file.tensors.map { Entry(tensor: $0, elementType: $0.elementType, wanted: $0.elementType) }
    }

    private static func entry(
        _ preset: QuantizationPreset, _ tensor: TensorDescription, _ shape: QuantizedShape
    ) -> Entry {
        guard isMatrix(tensor) else {
            return Entry(tensor: tensor, elementType: tensor.elementType, wanted: tensor.elementType)
        }
        let wanted = preset.type(of: tensor.name, columns: tensor.columnCount, in: shape)
        return Entry(tensor: tensor, elementType: wanted.fitting(columns: tensor.columnCount), wanted: wanted)
    }

    /// Norms, biases and factors keep their type.
    private static func isMatrix(_ tensor: TensorDescription) -> Bool {
        tensor.rowCount > 1 && tensor.name.hasSuffix("weight") && !tensor.name.hasSuffix("_norm.weight")
    }
}

extension QuantizedShape {
    /// Reads what the choice of types depends on from a file's metadata.
    fileprivate init(of file: GGUFFile) throws(CheckpointError) {
        let architecture = try file.metadata.require("general.architecture", .text)
        let heads = try file.metadata.find("\(architecture).attention.head_count", .integer) ?? 1
        let kvHeads = try file.metadata.find("\(architecture).attention.head_count_kv", .integer) ?? heads
        let layers = try file.metadata.require("\(architecture).block_count", .integer)
        self.init(
            // Whatever a damaged file says, layers are counted by numbers that can be multiplied.
            layerCount: min(max(0, layers), 1 << 20),
            headsPerKVHead: kvHeads > 0 ? heads / kvHeads : 0, hasHead: file.tensor(named: "output.weight") != nil)
    }
}
