import LlamaradaErrors

/// An opened GGUF file, version 2 or 3, little endian: its header, checked, and access to tensor bytes.
///
/// A model that was split into several files is opened from any of them and reads as one.
///
/// Specification: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
public struct GGUFFile: Sendable {
    /// The path as the caller gave it; of a split model that of its first part.
    public var path: String { first.path }
    /// The file's size; of a split model that of all parts.
    public var byteCount: Int { parts.reduce(0) { $0 + $1.byteCount } }
    /// The format's version: 2 or 3.
    public var version: Int { first.header.version }
    /// What tensor offsets are multiples of: a power of two. Each part of a split model may have its own.
    public var alignment: Int { first.header.alignment }
    /// Where the tensors' bytes start, in the first part.
    public var dataOffset: Int { first.dataOffset }
    /// Keys and values in the file's order.
    public var metadata: GGUFMetadata { first.header.metadata }
    /// The tensors in the file's order, part after part.
    public let tensors: [TensorDescription]
    /// The files that the model lies in: one, unless it was split.
    public let parts: [GGUFPart]

    private let first: GGUFPart
    private let indices: [String: Int]

    /// Opens a file and checks its whole header: every tensor lies inside the file and none overlaps another.
    ///
    /// Where it is one of the parts that a model was split into, whichever, the others are opened too. A folder of Hugging
    /// Face's or of Meta's reads as the GGUF file that a conversion would write.
    ///
    /// Throws `CheckpointError` naming the file, the field, what was expected and what was found.
    public static func open(path: String) throws(CheckpointError) -> GGUFFile {
        if HuggingFaceFolder.isOne(path) {
            return try GGUFFile(source: HuggingFaceFolder(CheckpointFolder(path: path)).converted())
        }
        if MetaFolder.isOne(path) {
            let (folder, above) = (CheckpointFolder(path: path), CheckpointFolder(path: "\(path)/.."))
            return try GGUFFile(source: MetaFolder(folder, above: above).converted())
        }
        return try GGUFFile(source: ModelFile(path: path)) { path throws(CheckpointError) in try ModelFile(path: path) }
    }

    /// Reads and checks the header of `source`.
    ///
    /// - Parameter opening: opens the other parts of a split model by their paths.
    package init(
        source: any ByteSource,
        opening: (_ path: String) throws(CheckpointError) -> any ByteSource = GGUFFile.isAlone
    ) throws(CheckpointError) {
        let files = try SplitFiles(source, open: opening)
        parts = files.parts
        first = files.parts[0]
        tensors = files.tensors
        indices = files.indices
    }

    /// No other part is there.
    package static func isAlone(_ path: String) throws(CheckpointError) -> any ByteSource {
        throw CheckpointError(.missing, file: path, problem: "is not there", remedy: .noneKnown)
    }

    /// The tensor of that name, or nil.
    public func tensor(named name: String) -> TensorDescription? {
        indices[name].map { tensors[$0] }
    }

    /// Copies a part of a tensor's bytes; `byteRange` counts from the tensor's first byte.
    ///
    /// `target` is as long as the range, and the range lies within the tensor; anything else is a programming error and
    /// traps. Throws `CheckpointError` with code `io` where the file can't be read.
    public func read(
        _ tensor: TensorDescription, byteRange: Range<Int>, into target: UnsafeMutableRawBufferPointer
    ) throws(CheckpointError) {
        precondition(
            byteRange.lowerBound >= 0 && byteRange.upperBound <= tensor.byteCount && byteRange.count == target.count,
            "read: bytes \(byteRange) of '\(tensor.name)' (\(tensor.byteCount)) into \(target.count)")
        try parts[tensor.part].source.read(into: target, at: tensor.byteOffset + byteRange.lowerBound)
    }

    /// Reads and decodes whole rows of a tensor to (rows, columns) values.
    ///
    /// `rows` lies within the tensor, or this traps. Throws `CheckpointError` with code `io` where the file can't be
    /// read.
    public func floats(of tensor: TensorDescription, rows: Range<Int>) throws(CheckpointError) -> [Float] {
        let byteRange = rows.lowerBound * tensor.rowByteCount..<rows.upperBound * tensor.rowByteCount
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteRange.count, alignment: 16)
        defer { bytes.deallocate() }
        try read(tensor, byteRange: byteRange, into: bytes)
        let count = rows.count * tensor.columnCount
        return [Float](unsafeUninitializedCapacity: count) { elements, initialized in
            tensor.elementType.dequantize(
                UnsafeRawBufferPointer(bytes), into: UnsafeMutableBufferPointer(rebasing: elements[..<count]))
            initialized = count
        }
    }

    /// Reads and decodes a whole tensor, row after row.
    ///
    /// Throws `CheckpointError` with code `io` where the file can't be read.
    public func floats(of tensor: TensorDescription) throws(CheckpointError) -> [Float] {
        try floats(of: tensor, rows: 0..<tensor.rowCount)
    }
}
