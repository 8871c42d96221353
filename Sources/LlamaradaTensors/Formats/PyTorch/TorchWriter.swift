/// Writes a file as `torch.save` does, whose tensors come one after another: no tensor is kept.
///
/// Each tensor has a storage of its own. Sums of bytes stand before them, so these are filled in behind.
package struct TorchWriter {
    /// What comes: all names, shapes and types, in this order.
    package typealias Announcement = (name: String, shape: [Int], elementType: ElementType)

    private let file: AtomicOutputFile
    private let tensors: [Announcement]
    private var directory: [UInt8] = []
    private var entryCount = 0
    private var position = 0
    private static let folder = "archive"

    /// Begins a file; throws `CheckpointError` with code `io`, as everything here does.
    ///
    /// - Parameter tensors: F32, F16 or BF16; fewer than 2³¹ elements each.
    package init(_ file: AtomicOutputFile, tensors: [Announcement]) throws {
        self.file = file
        self.tensors = tensors
        let pickle = Self.pickle(tensors)
        try addEntry("data.pkl", byteCount: pickle.count) { sink in try pickle.withUnsafeBytes(sink) }
        let order = Array("little".utf8)
        try addEntry("byteorder", byteCount: order.count) { sink in try order.withUnsafeBytes(sink) }
    }

    /// Writes the tensor at `index` of those that were announced; they come in order.
    ///
    /// - Parameter body: hands on all of its bytes, in pieces.
    package mutating func add(
        _ index: Int, _ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        try addEntry("data/\(index)", byteCount: Self.byteCount(tensors[index]), body)
    }

    /// Writes the archive's directory and gives the file its name.
    package mutating func finish() throws {
        let version = Array("3\n".utf8)
        try addEntry("version", byteCount: version.count) { sink in try version.withUnsafeBytes(sink) }
        let start = position
        var end = directory
        // The ZIP64 record, where it lies, and the older record, which says that the other counts.
        end.add(0x0606_4B50 as UInt32)
        end.add(44 as UInt64)
        end.add(45 as UInt16)
        end.add(45 as UInt16)
        end.add(0 as UInt64)
        for number in [entryCount, entryCount, directory.count, start] { end.add(UInt64(number)) }
        end.add(0x0706_4B50 as UInt32)
        end.add(0 as UInt32)
        end.add(UInt64(start + directory.count))
        end.add(1 as UInt32)
        end.add(0x0605_4B50 as UInt32)
        end.add(0 as UInt32)
        end.add(UInt64.max)
        end.add(UInt32.max)
        end.add(0 as UInt16)
        try end.withUnsafeBytes { try file.write($0) }
        try file.commit()
    }

    private mutating func addEntry(
        _ name: String, byteCount: Int, _ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        let path = Array("\(Self.folder)/\(name)".utf8)
        // PyTorch maps files: elements begin at a multiple of 64, behind a field of the header that nobody reads.
        let padding = (64 - (position + 30 + path.count + 4) % 64) % 64
        var header: [UInt8] = []
        header.add(0x0403_4B50 as UInt32)
        header += Self.version
        let sumOffset = header.count
        header.add(0 as UInt32)
        for _ in 0..<2 { header.add(UInt32(byteCount)) }
        header.add(UInt16(path.count))
        header.add(UInt16(4 + padding))
        header += path + [0x46, 0x42]
        header.add(UInt16(padding))
        header += [UInt8](repeating: 0x5A, count: padding)
        try header.withUnsafeBytes { try file.write($0) }
        var sum = CRC32()
        var written = 0
        try body { bytes in
            try file.write(bytes)
            sum.add(bytes)
            written += bytes.count
        }
        precondition(written == byteCount, "TorchWriter: \(written) bytes of '\(name)', not \(byteCount)")
        try withUnsafeBytes(of: sum.value.littleEndian) { try file.overwrite($0, at: position + sumOffset) }
        directory.add(0x0201_4B50 as UInt32)
        directory.add(45 as UInt16)
        directory += Self.version
        directory.add(sum.value)
        for _ in 0..<2 { directory.add(UInt32(byteCount)) }
        directory.add(UInt16(path.count))
        // A place that needs 64 bits stands in a field of its own; PyTorch takes no other there.
        let isFar = position >= Int(UInt32.max)
        directory.add(UInt16(isFar ? 12 : 0))
        directory += [UInt8](repeating: 0, count: 10)
        directory.add(isFar ? UInt32.max : UInt32(position))
        directory += path
        if isFar {
            directory.add(1 as UInt16)
            directory.add(8 as UInt16)
            directory.add(UInt64(position))
        }
        entryCount += 1
        position += header.count + byteCount
    }

    private static func byteCount(_ tensor: Announcement) -> Int {
        tensor.elementType.byteCount(elementCount: tensor.shape.reduce(1, *)) ?? 0
    }

    /// Of an entry: the version that reads it, no flags, stored, no time.
    private static let version: [UInt8] = [45, 0, 0, 0, 0, 0, 0, 0, 0, 0]
}

extension [UInt8] {
    /// Adds a number, least byte first.
    fileprivate mutating func add(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}

extension TorchWriter {
    /// The pickle of an ordered dictionary of tensors, of protocol 2.
    private static func pickle(_ tensors: [Announcement]) -> [UInt8] {
        let dictionary = global("collections", "OrderedDict") + Array(")R".utf8)
        var pickle: [UInt8] = [0x80, 2] + dictionary + Array("(".utf8)
        for (index, tensor) in tensors.enumerated() {
            let count = tensor.shape.reduce(1, *)
            let strides = tensor.shape.indices.map { tensor.shape[($0 + 1)...].reduce(1, *) }
            pickle += text(tensor.name) + global("torch._utils", "_rebuild_tensor_v2") + Array("((".utf8)
            pickle += text("storage") + global("torch", storage(tensor.elementType)) + text("\(index)") + text("cpu")
            pickle += integer(count) + Array("tQ".utf8) + integer(0) + tuple(tensor.shape) + tuple(strides)
            // No gradient, no hooks.
            pickle += [0x89] + dictionary + Array("tR".utf8)
        }
        return pickle + Array("u.".utf8)
    }

    private static func storage(_ type: ElementType) -> String {
        switch type {
        case .f16: "HalfStorage"
        case .bf16: "BFloat16Storage"
        default: "FloatStorage"
        }
    }

    private static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
    private static func text(_ text: String) -> [UInt8] {
        var bytes = Array("X".utf8)
        bytes.add(UInt32(text.utf8.count))
        return bytes + Array(text.utf8)
    }
    private static func integer(_ value: Int) -> [UInt8] {
        var bytes = Array("J".utf8)
        bytes.add(Int32(value))
        return bytes
    }
    private static func tuple(_ values: [Int]) -> [UInt8] {
        Array("(".utf8) + values.flatMap { integer($0) } + Array("t".utf8)
    }
}
