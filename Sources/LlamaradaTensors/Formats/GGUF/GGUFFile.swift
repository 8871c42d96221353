/// An opened GGUF file, version 2 or 3, little endian: its header, checked, and access to tensor bytes.
///
/// Specification: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
public struct GGUFFile: Sendable {
    /// The path as the caller gave it.
    public var path: String { source.name }
    /// The file's size.
    public var byteCount: Int { source.byteCount }
    /// The format's version: 2 or 3.
    public let version: Int
    /// What tensor offsets are multiples of: a power of two.
    public let alignment: Int
    /// Where the tensors' bytes start.
    public let dataOffset: Int
    /// Keys and values in the file's order.
    public let metadata: GGUFMetadata
    /// The tensors in the file's order.
    public let tensors: [TensorDescription]

    private let indices: [String: Int]
    private let source: any ByteSource

    /// Opens a file and checks its whole header: every tensor lies inside the file and none overlaps another.
    ///
    /// Throws `CheckpointError` naming the field, what was expected and what was found.
    public static func open(path: String) throws(CheckpointError) -> GGUFFile {
        try GGUFFile(source: ModelFile(path: path))
    }

    /// Reads and checks the header of `source`.
    package init(source: any ByteSource) throws(CheckpointError) {
        var parser = GGUFParser(source: source)
        let header = try parser.parse()
        self.source = source
        version = header.version
        alignment = header.alignment
        dataOffset = header.dataOffset
        metadata = header.metadata
        tensors = header.tensors
        indices = header.indices
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
        try source.read(into: target, at: tensor.byteOffset + byteRange.lowerBound)
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
