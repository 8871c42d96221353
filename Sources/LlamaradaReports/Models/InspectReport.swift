package import LlamaradaTensors

/// A file's header as text or JSON.
package struct InspectReport {
    let file: GGUFFile

    package init(_ file: GGUFFile) { self.file = file }

    private var parameterCount: Int { file.tensors.reduce(0) { $0 + $1.elementCount } }
    private var tensorByteCount: Int { file.tensors.reduce(0) { $0 + $1.byteCount } }
    /// Nil where there are no tensors.
    private var bitsPerWeight: Double? {
        parameterCount > 0 ? Double(tensorByteCount) * 8 / Double(parameterCount) : nil
    }

    /// Metadata and tensors, a line each.
    package var text: String {
        """
        \(file.path.escapingControls)
          GGUF version \(file.version), \(HumanUnits.bytes(file.byteCount)), tensors aligned to \(file.alignment) bytes
        \(partsText)
        Metadata (\(file.metadata.keys.count))
        \(Self.metadata.text(entries, headed: false))
        Tensors (\(file.tensors.count))
        \(Self.tensors(showPart: isSplit).text(file.tensors))
        \(summary)

        """
    }

    /// Everything, every array whole.
    package var json: JSON {
        .object([
            ("file", .string(file.path)), ("format", .string("gguf")), ("version", .integer(file.version)),
            ("alignment", .integer(file.alignment)), ("bytes", .integer(file.byteCount)),
            ("data_offset", .integer(file.dataOffset)), ("parts", Self.parts.json(file.parts)),
            ("metadata", .object(entries.map { ($0.key, $0.value.json) })),
            ("tensors", Self.tensors(showPart: isSplit).json(file.tensors)), ("parameters", .integer(parameterCount)),
            ("tensor_bytes", .integer(tensorByteCount)),
            ("bits_per_weight", bitsPerWeight.map { .number($0) } ?? .null),
        ])
    }

    private var entries: [(key: String, value: MetadataValue)] {
        file.metadata.keys.compactMap { key in file.metadata[key].map { (key, $0) } }
    }

    private static let metadata = Table<(key: String, value: MetadataValue)>([
        Column("key", .left) { .text($0.key) }, Column("type", .left) { .text($0.value.typeName) },
        Column("value", .left) { .text($0.value.abbreviated) },
    ])

    private var isSplit: Bool { file.parts.count > 1 }

    /// The files of a split model, between empty lines.
    private var partsText: String {
        isSplit ? "\nParts (\(file.parts.count))\n\(Self.parts.text(file.parts))" : ""
    }

    private static let parts = Table<GGUFPart>([
        Column("file", key: "file", .left) { .text($0.path) },
        Column("tensors", key: "tensors") { .integer($0.tensorCount) },
        Column("size", key: "bytes") { .integer($0.byteCount, .bytes) },
        Column(key: "data_offset") { .integer($0.dataOffset) },
    ])

    private static func tensors(showPart: Bool) -> Table<TensorDescription> {
        let part: @Sendable (TensorDescription) -> Value = { .integer($0.part + 1) }
        return Table(
            columns + [showPart ? Column("part", key: "part", value: part) : Column(key: "part", value: part)])
    }

    private static let columns: [Column<TensorDescription>] = [
        Column("name", key: "name", .left) { .text($0.name) },
        Column("shape", key: "shape") { tensor in
            .nested(
                .array(tensor.shape.map { .integer($0) }), text: tensor.shape.map(String.init).joined(separator: " × "))
        },
        Column("type", key: "type", .left) { .text($0.elementType.name) },
        Column(key: "elements") { .integer($0.elementCount) },
        Column("size", key: "bytes") { .integer($0.byteCount, .bytes) },
        Column("offset", key: "offset") { .integer($0.byteOffset) },
    ]

    private var summary: String {
        guard let bitsPerWeight else { return "No tensors" }
        let types = ElementType.allCases.compactMap { type in
            let count = file.tensors.count { $0.elementType == type }
            return count > 0 ? "\(count) \(type.name)" : nil
        }
        let bits = HumanUnits.fixed(bitsPerWeight, digits: 2)
        return """
            \(HumanUnits.count(parameterCount)) parameters in \(HumanUnits.bytes(tensorByteCount)): \
            \(bits) bits a weight (\(types.joined(separator: ", ")))
            """
    }
}
