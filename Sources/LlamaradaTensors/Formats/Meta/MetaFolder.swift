import LlamaradaErrors

/// A model as Meta releases them: a folder with `params.json`, `consolidated.00.pth` and its further shards, and
/// `tokenizer.model`, there or in the folder above.
package struct MetaFolder {
    private let config: MetaConfig
    private let shards: MetaShards
    private let tokenizer: [(key: String, value: MetadataValue)]
    private let folder: CheckpointFolder
    private let checklist: MetaChecklist?
    private static let largestConfig = 1 << 20

    /// Whether the path is a folder that says it holds a model.
    package static func isOne(_ path: String) -> Bool {
        FileStatus.isFolder(path) && FileStatus.exists("\(path)/params.json")
            && FileStatus.exists("\(path)/\(MetaShards.name(of: 0))")
    }

    /// Reads and checks everything but the weights.
    ///
    /// - Parameter above: the folder above, for the tokenizer that several sizes share.
    package init(_ folder: CheckpointFolder, above: CheckpointFolder? = nil) throws(CheckpointError) {
        self.folder = folder
        checklist = try MetaChecklist(folder)
        try checklist?.check("params.json", folder)
        config = try MetaConfig(folder.json("params.json", largest: Self.largestConfig))
        shards = try MetaShards(folder, config)
        let name = "tokenizer.model"
        let place = !folder.has(name) && above?.has(name) == true ? above ?? folder : folder
        guard place.has(name) else {
            throw CheckpointError(
                .missing, file: folder.path(of: name), problem: "is not there, nor in the folder above",
                remedy: .other("Put it beside params.json: it is part of every release"))
        }
        // Above, where several sizes share it, it has a list of its own.
        let isAbove = place.path != folder.path
        try (isAbove ? MetaChecklist(place, "tokenizer_checklist.chk") : checklist)?.check(name, place)
        let read = try TokenizerModelFile(place.open(name), vocabularySize: shards.vocabularySize)
        guard config.vocabularySize == nil || config.vocabularySize == shards.vocabularySize else {
            throw CheckpointError(
                .invalid, file: folder.path(of: "params.json"),
                problem: "'vocab_size': expected \(shards.vocabularySize), the rows of the embedding",
                remedy: .fetchAgain)
        }
        tokenizer = read.metadata
    }

    /// Reads every file that `checklist.chk` names and compares its sum, which takes as long as the disk does, or twice.
    ///
    /// Opening the folder does so for the small ones alone.
    package func verify() throws(CheckpointError) {
        for name in checklist?.sums.keys.sorted() ?? [] where folder.has(name) { try checklist?.check(name, folder) }
    }

    /// The bytes of the GGUF file that a conversion would write.
    package func converted() throws(CheckpointError) -> any ByteSource {
        var tensors = try shards.tensors()
        if let scaling = config.ropeScaling {
            tensors.append(
                ConvertedTensor(
                    "rope_freqs.weight", scaling.divisors(base: config.ropeBase, headDim: config.headDim)))
        }
        let trimmed = folder.path.split(separator: "/").last.map(String.init) ?? folder.path
        var metadata: [(key: String, value: MetadataValue)] = [
            ("general.architecture", .text("llama")), ("general.name", .text(trimmed)),
        ]
        metadata += config.metadata(vocabularySize: shards.vocabularySize, feedForward: shards.feedForward)
        metadata.append(("general.file_type", .uint32(ConvertedTensor.fileType(of: tensors))))
        metadata.append(("general.quantization_version", .uint32(2)))
        return ConvertedModel(name: folder.path, metadata: metadata + tokenizer, tensors: tensors)
    }
}
