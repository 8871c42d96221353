import LlamaradaErrors
package import LlamaradaTensors

/// A model cut into files as llama.cpp's gguf-split does it, in memory, each part open to changes.
package struct SplitModel {
    /// One file: its metadata, and the tensors of the model that it holds.
    package struct Part {
        package var metadata: [(key: String, value: MetadataValue)]
        package var tensors: [TensorDescription]
        /// The whole file, where that is to be other than the two say.
        package var bytes: [UInt8]?
        /// Whether the file is there.
        package var exists = true

        /// Changes a key's value; nil takes the key away.
        package subscript(key: String) -> MetadataValue? {
            get { metadata.first { $0.key == key }?.value }
            set {
                let index = metadata.firstIndex { $0.key == key } ?? metadata.count
                let old = index..<min(metadata.count, index + 1)
                metadata.replaceSubrange(old, with: newValue.map { [(key, $0)] } ?? [])
            }
        }
    }

    package var parts: [Part]
    private let model: GGUFFile
    /// What the names begin with.
    private let stem: String

    /// Cuts `model` into `count` parts of about as many tensors each; with `stem` a folder and a name's beginning.
    package init(_ model: GGUFFile, into count: Int, stem: String = "cut") {
        self.model = model
        self.stem = stem
        let tensors = model.tensors
        parts = (0..<count).map { index in
            let whole =
                index == 0 ? model.metadata.keys.compactMap { key in model.metadata[key].map { (key, $0) } } : []
            return Part(
                metadata: whole + [
                    ("split.no", .uint16(UInt16(index))), ("split.count", .uint16(UInt16(count))),
                    ("split.tensors.count", .int32(Int32(tensors.count))),
                ],
                tensors: Array(tensors[index * tensors.count / count..<(index + 1) * tensors.count / count]))
        }
    }

    /// The path of a part, counted from 0.
    package func path(_ index: Int) -> String {
        func digits(_ number: Int) -> String { String(String(100_000 + number).dropFirst()) }
        return "\(stem)-\(digits(index + 1))-of-\(digits(parts.count)).gguf"
    }

    /// The bytes of a part's file.
    package func bytes(_ index: Int) throws -> [UInt8] {
        if let bytes = parts[index].bytes { return bytes }
        var writer = GGUFWriter()
        for (key, value) in parts[index].metadata where key != "general.alignment" { writer.add(key, value) }
        for tensor in parts[index].tensors {
            writer.addTensor(tensor.name, shape: tensor.shape, elementType: tensor.elementType)
        }
        var bytes: [UInt8] = []
        let tensors = parts[index].tensors
        var written = tensors.makeIterator()
        try writer.write(into: { bytes.append(contentsOf: $0) }, file: path(index)) { tensor, sink in
            guard let source = written.next() else { return }
            var content = [UInt8](repeating: 0, count: tensor.byteCount)
            try content.withUnsafeMutableBytes { try model.read(source, byteRange: 0..<tensor.byteCount, into: $0) }
            try content.withUnsafeBytes(sink)
        }
        return bytes
    }

    /// The parts as files that `open` reads, by their paths.
    package func files() throws -> Files {
        var files = Files()
        for index in parts.indices where parts[index].exists { files.content[path(index)] = try bytes(index) }
        return files
    }

    /// Files in memory.
    package struct Files: Sendable {
        package var content: [String: [UInt8]] = [:]

        /// Opens the model by one of its parts.
        package func open(_ path: String) throws(CheckpointError) -> GGUFFile {
            try GGUFFile(source: source(path)) { path throws(CheckpointError) in try source(path) }
        }

        private func source(_ path: String) throws(CheckpointError) -> any ByteSource {
            guard let bytes = content[path] else {
                throw CheckpointError(.missing, file: path, problem: "can't be opened", remedy: .noneKnown)
            }
            return Source(name: path, content: bytes)
        }
    }

    private struct Source: ByteSource {
        package let name: String
        package let content: [UInt8]
        package var byteCount: Int { content.count }

        package func read(into target: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws(CheckpointError) {
            guard byteOffset >= 0, target.count <= byteCount - byteOffset else {
                throw CheckpointError(.io, file: name, problem: "read past the end", remedy: .noneKnown)
            }
            target.copyBytes(from: content[byteOffset..<byteOffset + target.count])
        }
    }
}
