import ArgumentParser
import LlamaradaTensors

/// `llamarada inspect FILE` or `inspect -m FILE`: what a model file holds.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show a GGUF file's metadata, tensors, parameter count and bits a weight.")

    @Argument(help: "The model file.", completion: .file(extensions: ["gguf"]))
    var file: String?

    @Option(
        name: [.customShort("m"), .long], parsing: .unconditional,
        help: .init("The model file, named as for the other commands.", valueName: "file"),
        completion: .file(extensions: ["gguf"]))
    var model: String?

    @Flag(help: "Print one JSON object, with every array whole.")
    var json = false

    func validate() throws {
        if file == nil && model == nil { throw ValidationError("Missing expected argument '<file>'.") }
        if file != nil && model != nil { throw ValidationError("Give the file either as '<file>' or with -m.") }
    }

    func run() throws {
        let report = InspectReport(file: try GGUFFile.open(path: model ?? file ?? ""))
        try StandardOutput.write(json ? report.json.text + "\n" : report.text)
    }
}

/// A file's header as text or JSON.
struct InspectReport {
    let file: GGUFFile

    var parameterCount: Int { file.tensors.reduce(0) { $0 + $1.elementCount } }
    var tensorByteCount: Int { file.tensors.reduce(0) { $0 + $1.byteCount } }
    /// Nil where there are no tensors.
    var bitsPerWeight: Double? {
        parameterCount > 0 ? Double(tensorByteCount) * 8 / Double(parameterCount) : nil
    }
}

// MARK: - Text

extension InspectReport {
    var text: String {
        """
        \(file.path.escapingControls)
          GGUF version \(file.version), \(HumanUnits.bytes(file.byteCount)), tensors aligned to \(file.alignment) bytes

        Metadata (\(file.metadata.keys.count))
        \(metadataTable.text)
        Tensors (\(file.tensors.count))
        \(tensorTable.text)
        \(summary)

        """
    }

    private var metadataTable: TextTable {
        var table = TextTable([.left, .left, .left])
        for key in file.metadata.keys {
            guard let value = file.metadata[key] else { continue }
            table.add(key.escapingControls, value.typeName, value.abbreviated.escapingControls)
        }
        return table
    }

    private var tensorTable: TextTable {
        var table = TextTable([.left, .right, .left, .right, .right])
        if !file.tensors.isEmpty { table.add("name", "shape", "type", "size", "offset") }
        for tensor in file.tensors {
            table.add(
                tensor.name.escapingControls, tensor.shape.map(String.init).joined(separator: " × "),
                tensor.elementType.name, HumanUnits.bytes(tensor.byteCount), "\(tensor.byteOffset)")
        }
        return table
    }

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

// MARK: - JSON

extension InspectReport {
    var json: JSON {
        .object([
            ("file", .string(file.path)),
            ("format", .string("gguf")),
            ("version", .integer(file.version)),
            ("alignment", .integer(file.alignment)),
            ("bytes", .integer(file.byteCount)),
            ("dataOffset", .integer(file.dataOffset)),
            ("metadata", .object(file.metadata.keys.map { ($0, file.metadata[$0]?.json ?? .null) })),
            ("tensors", .array(file.tensors.map(\.json))),
            ("parameters", .integer(parameterCount)),
            ("tensorBytes", .integer(tensorByteCount)),
            ("bitsPerWeight", bitsPerWeight.map { .number($0) } ?? .null),
        ])
    }
}

extension TensorDescription {
    fileprivate var json: JSON {
        .object([
            ("name", .string(name)),
            ("shape", .array(shape.map { .integer($0) })),
            ("type", .string(elementType.name)),
            ("elements", .integer(elementCount)),
            ("bytes", .integer(byteCount)),
            ("offset", .integer(byteOffset)),
        ])
    }
}
