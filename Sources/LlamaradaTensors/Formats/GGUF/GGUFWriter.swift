import LlamaradaErrors

/// Collects a GGUF file's metadata and tensor descriptions, and writes the file with tensor bytes streamed in.
///
/// Writes version 3, little endian, tensors in the order of their addition.
public struct GGUFWriter: Sendable {
    /// Takes the next bytes of a tensor or of the file.
    public typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    private struct Entry {
        var name: String
        var shape: [Int]
        var elementType: ElementType
        var byteCount: Int
    }

    private let alignment: Int
    private var metadata: [(key: String, value: MetadataValue)] = []
    private var entries: [Entry] = []
    private var keys: Set<String> = []
    private var names: Set<String> = []

    /// A file without metadata and tensors, whose tensors will start at multiples of `alignment`, a power of two.
    public init(alignment: Int = 32) {
        precondition(alignment.nonzeroBitCount == 1 && alignment <= GGUFParser.largestAlignment)
        self.alignment = alignment
        if alignment != GGUFParser.defaultAlignment {
            metadata.append(("general.alignment", .uint32(UInt32(alignment))))
        }
    }

    /// Adds a metadata pair; every key once, and never `general.alignment`, which the initializer adds.
    public mutating func add(_ key: String, _ value: MetadataValue) {
        precondition(key != "general.alignment" && keys.insert(key).inserted, "GGUFWriter: key '\(key)' a second time")
        metadata.append((key, value))
    }

    /// Adds a tensor, every name once, with its shape outermost first; the innermost dimension is a whole number of blocks.
    public mutating func addTensor(_ name: String, shape: [Int], elementType: ElementType) {
        precondition(names.insert(name).inserted, "GGUFWriter: tensor '\(name)' a second time")
        let columns = shape.last ?? 0
        guard 1...GGUFParser.mostDimensions ~= shape.count, shape.allSatisfy({ $0 > 0 }),
            columns.isMultiple(of: elementType.blockElementCount),
            let byteCount = elementType.byteCount(elementCount: shape.reduce(1, *))
        else { preconditionFailure("GGUFWriter: tensor '\(name)' can't be \(shape) of \(elementType)") }
        entries.append(Entry(name: name, shape: shape, elementType: elementType, byteCount: byteCount))
    }

    /// Writes the file: under a temporary name beside `path` first, renamed to `path` when it is complete.
    ///
    /// Where `path` is a link, what it points to is replaced; pipes and character devices are written in place.
    ///
    /// `tensorBytes` is called for each tensor in order and hands its bytes, in as many parts as it likes, to the sink.
    /// Throws what `tensorBytes` throws, and `CheckpointError` with code `io` where the disk fails or a tensor gets
    /// another number of bytes than it has; then nothing is left behind and an old file at `path` is untouched.
    public func write(
        to path: String, tensorBytes: (TensorDescription, Sink) throws -> Void
    ) throws {
        let file = try AtomicOutputFile(path: path)
        try write(to: file, tensorBytes: tensorBytes)
        try file.commit()
    }

    /// Writes the file's bytes into an output, whose commit is left to the caller.
    package func write(
        to file: AtomicOutputFile, tensorBytes: (TensorDescription, Sink) throws -> Void
    ) throws {
        try write(into: { try file.write($0) }, file: file.path, tensorBytes: tensorBytes)
    }

    /// Writes the file's bytes into a sink; `file` names it in errors.
    package func write(
        into sink: @escaping Sink, file: String, tensorBytes: (TensorDescription, Sink) throws -> Void
    ) throws {
        let header = encodedHeader()
        try header.withUnsafeBytes(sink)
        var position = header.count
        for entry in entries {
            let tensor = TensorDescription(
                name: entry.name, shape: entry.shape, elementType: entry.elementType, byteOffset: position,
                byteCount: entry.byteCount)
            var written = 0
            try tensorBytes(tensor) { bytes in
                written += bytes.count
                try sink(bytes)
            }
            guard written == entry.byteCount else { throw miscounted(tensor, written, file) }
            position += written
            try padding(from: position).withUnsafeBytes(sink)
            position = aligned(position)
        }
    }
}

extension GGUFWriter {
    /// The header's bytes, where each tensor's bytes will lie behind them, and the size of the file.
    func layout() -> (header: [UInt8], tensors: [TensorDescription], byteCount: Int) {
        let header = encodedHeader()
        var position = header.count
        let tensors = entries.map { entry in
            defer { position = aligned(position + entry.byteCount) }
            return TensorDescription(
                name: entry.name, shape: entry.shape, elementType: entry.elementType, byteOffset: position,
                byteCount: entry.byteCount)
        }
        return (header, tensors, position)
    }

    private func encodedHeader() -> [UInt8] {
        var bytes = Array("GGUF".utf8)
        bytes.append(number: UInt32(3))
        bytes.append(number: UInt64(entries.count))
        bytes.append(number: UInt64(metadata.count))
        for (key, value) in metadata {
            bytes.append(string: key.utf8)
            value.encode(into: &bytes)
        }
        var offset = 0
        for entry in entries {
            bytes.append(string: entry.name.utf8)
            bytes.append(number: UInt32(entry.shape.count))
            for dimension in entry.shape.reversed() { bytes.append(number: UInt64(dimension)) }
            bytes.append(number: entry.elementType.rawValue)
            bytes.append(number: UInt64(offset))
            offset = aligned(offset + entry.byteCount)
        }
        return bytes + padding(from: bytes.count)
    }

    private func aligned(_ position: Int) -> Int { (position + alignment - 1) & ~(alignment - 1) }

    private func padding(from position: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: aligned(position) - position)
    }

    private func miscounted(_ tensor: TensorDescription, _ written: Int, _ file: String) -> CheckpointError {
        CheckpointError(
            .io, file: file,
            problem: "tensor \(tensor.name.quoted()): expected \(tensor.byteCount) bytes to write, found \(written)",
            remedy: .other("Nothing was written; the source of the bytes may be damaged"))
    }
}
