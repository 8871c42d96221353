/// Writes a safetensors file whose tensors come one after another: no tensor is kept.
///
/// The header stands in front and tells what comes; so room for it is left first and filled last.
package struct SafetensorsWriter {
    private let file: AtomicOutputFile
    private let room: Int
    private var members: [JSONValue.Member]
    private var offset = 0

    /// Begins a file; throws `CheckpointError` with code `io`, as everything here does.
    ///
    /// - Parameters:
    ///   - names: every tensor that may come.
    ///   - metadata: the header's `__metadata__`.
    package init(
        _ file: AtomicOutputFile, names: [String], metadata: [(key: String, value: String)]
    ) throws {
        self.file = file
        members = [.init("__metadata__", .object(metadata.map { .init($0.key, .string($0.value)) }))]
        // A tensor's entry is its name, 46 bytes and at most six numbers of 19 digits with their commas.
        let entries = names.reduce(0) { $0 + JSONValue.string($1).encoded.utf8.count + 46 + 6 * 20 }
        // Tensors then start at a multiple of 8.
        room = (JSONValue.object(members).encoded.utf8.count + entries + 7) & ~7
        try [UInt8](repeating: 0, count: 8 + room).withUnsafeBytes { try file.write($0) }
    }

    /// Writes the next tensor, of a name that was announced, as F32: at most four dimensions, outermost first.
    package mutating func add(_ name: String, shape: [Int], _ values: [Float]) throws {
        precondition(
            shape.reduce(1, *) == values.count, "SafetensorsWriter: \(values.count) values for '\(name)' \(shape)")
        try add(name, shape: shape, elementType: .f32) { sink in try values.withUnsafeBytes(sink) }
    }

    /// The same for F32, F16 or BF16.
    ///
    /// - Parameter body: hands on all of its bytes, in pieces.
    package mutating func add(
        _ name: String, shape: [Int], elementType: ElementType,
        _ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        var written = 0
        try body { bytes in
            try file.write(bytes)
            written += bytes.count
        }
        precondition(
            shape.count <= SafetensorsHeader.mostDimensions
                && elementType.byteCount(elementCount: shape.reduce(1, *)) == written,
            "SafetensorsWriter: \(written) bytes for '\(name)' \(shape)")
        let end = offset + written
        members.append(
            .init(
                name,
                .object([
                    .init("dtype", .string(elementType.name)), .init("shape", .array(shape.map { .integer($0) })),
                    .init("data_offsets", .array([.integer(offset), .integer(end)])),
                ])))
        offset = end
    }

    /// Writes the header and gives the file its name.
    package func finish() throws {
        let header = Array(JSONValue.object(members).encoded.utf8)
        precondition(header.count <= room, "SafetensorsWriter: a tensor that was not announced")
        var bytes = withUnsafeBytes(of: UInt64(room).littleEndian) { Array($0) }
        bytes += header + [UInt8](repeating: UInt8(ascii: " "), count: room - header.count)
        try bytes.withUnsafeBytes { try file.overwrite($0, at: 0) }
        try file.commit()
    }
}
