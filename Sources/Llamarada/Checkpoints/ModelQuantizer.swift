package import LlamaradaTensors
import LlamaradaThreads

/// Writes a model with its matrices in other types: tensor by tensor, in pieces that several threads convert.
///
/// Memory is that of some pieces for each thread, whatever the size of the model.
package struct ModelQuantizer {
    private let file: GGUFFile
    private let plan: QuantizationPlan
    private let team: ThreadTeam

    /// - Parameters:
    ///   - plan: what was planned for `file`.
    ///   - threads: at least 1.
    package init(_ file: GGUFFile, plan: QuantizationPlan, threads: Int) {
        self.file = file
        self.plan = plan
        team = ThreadTeam(threads)
    }

    /// Writes the file's bytes into an output, whose commit is left to the caller.
    ///
    /// The same model gives the same bytes, whatever the number of threads.
    ///
    /// - Parameters:
    ///   - progress: gets the bytes of tensors read so far and in all; may throw to stop.
    /// - Throws: `CheckpointError` where the model can't be read, has a weight that is no finite number, or where the disk
    ///   fails, and what `progress` throws.
    package func write(to output: AtomicOutputFile, progress: (Int, Int) throws -> Void) throws {
        let entries = Dictionary(uniqueKeysWithValues: plan.entries.map { ($0.tensor.name, $0) })
        let total = plan.byteCounts.before
        var read = 0
        try writer.write(to: output) { target, sink in
            guard let entry = entries[target.name] else { return }
            let pieces = TensorPieces(file, entry, team)
            try pieces.forEachBatch { bytes, readCount in
                try sink(bytes)
                read += readCount
                try progress(read, total)
            }
        }
    }

    /// The new file's header: the metadata as it is, but for what speaks of types and parts.
    private var writer: GGUFWriter {
        var writer = GGUFWriter(alignment: file.alignment)
        for key in file.metadata.keys where !isReplaced(key) {
            if let value = file.metadata[key] { writer.add(key, value) }
        }
        writer.add(Self.quantizationVersion, .uint32(2))
        let fileType = plan.preset.map { MetadataValue.uint32($0.fileType) } ?? file.metadata[Self.fileType]
        if let fileType { writer.add(Self.fileType, fileType) }
        for (key, value) in importanceKeys { writer.add(key, value) }
        for entry in plan.entries {
            writer.addTensor(entry.tensor.name, shape: entry.tensor.shape, elementType: entry.elementType)
        }
        return writer
    }

    /// Where the importance came from, by llama.cpp's keys.
    private var importanceKeys: [(String, MetadataValue)] {
        guard let (matrix, path) = plan.importance else { return [] }
        var keys: [(String, MetadataValue)] = [("file", .text(path))]
        if let dataset = matrix.datasets.first { keys.append(("dataset", .text(dataset))) }
        keys.append(("entries_count", .uint32(UInt32(clamping: matrix.entries.count))))
        if matrix.chunkCount > 0 { keys.append(("chunks_count", .uint32(UInt32(clamping: matrix.chunkCount)))) }
        return keys.map { (Self.importancePrefix + $0.0, $0.1) }
    }

    private func isReplaced(_ key: String) -> Bool {
        Self.replaced.contains(key) || key.hasPrefix("split.")
            || plan.preset != nil && key.hasPrefix(Self.importancePrefix)
    }

    private static let importancePrefix = "quantize.imatrix."
    private static let quantizationVersion = "general.quantization_version"
    private static let fileType = "general.file_type"
    private static let replaced: Set = [quantizationVersion, fileType, "general.alignment"]
}
