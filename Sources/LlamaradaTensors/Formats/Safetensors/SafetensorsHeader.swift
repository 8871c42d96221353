import LlamaradaErrors

/// Reads and checks a safetensors header: 8 bytes of length, then JSON that says where each tensor lies behind it.
struct SafetensorsHeader {
    /// The format allows 100 MB; so many bytes describe a hundred thousand tensors, and JSON takes many times as much
    /// memory.
    static let largest = 16 << 20
    static let longestName = 256
    static let mostDimensions = 4
    private static let elementTypes: [String: ElementType] = ["F32": .f32, "F16": .f16, "BF16": .bf16]

    private(set) var tensors: [TensorDescription] = []
    private(set) var metadata: [String: String] = [:]
    private let file: String
    /// Where the tensors' bytes start.
    private let dataOffset: Int
    /// Bytes of all tensors.
    private let dataByteCount: Int

    init(_ source: any ByteSource) throws(CheckpointError) {
        file = source.name
        let length = try Self.length(source)
        dataOffset = 8 + length
        dataByteCount = source.byteCount - dataOffset
        guard let members = try JSONValue(source, range: 8..<dataOffset).members else {
            throw invalid("header: expected an object of tensors")
        }
        for member in members {
            if member.name == "__metadata__" {
                metadata = try texts(member.value)
            } else {
                tensors.append(try tensor(member.name, member.value))
            }
        }
        tensors.sort { ($0.byteOffset, $0.byteCount) < ($1.byteOffset, $1.byteCount) }
        try checkPlaces()
    }

    private static func length(_ source: any ByteSource) throws(CheckpointError) -> Int {
        let rest = source.byteCount - 8
        guard rest >= 0 else { throw invalid(source.name, "expected at least 8 bytes, found \(source.byteCount)") }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 8)
        defer { bytes.deallocate() }
        try source.read(into: bytes, at: 0)
        let length = UInt64(littleEndian: bytes.load(as: UInt64.self))
        guard length <= UInt64(min(rest, largest)) else {
            throw invalid(source.name, "header length: expected at most \(min(rest, largest)), found \(length)")
        }
        return Int(length)
    }

    private func texts(_ value: JSONValue) throws(CheckpointError) -> [String: String] {
        var texts: [String: String] = [:]
        for member in value.members ?? [] {
            guard let text = member.value.text else { break }
            texts[member.name] = text
        }
        guard let members = value.members, texts.count == members.count else {
            throw invalid("'__metadata__': expected an object of texts")
        }
        return texts
    }

    private func tensor(_ name: String, _ value: JSONValue) throws(CheckpointError) -> TensorDescription {
        guard 1...Self.longestName ~= name.utf8.count else {
            throw invalid("tensor \(name.quoted()): expected a name of 1 to \(Self.longestName) bytes")
        }
        let type = try elementType(name, value["dtype"])
        let shape = value["shape"]?.integers ?? []
        guard 1...Self.mostDimensions ~= shape.count, shape.allSatisfy({ $0 > 0 }) else {
            throw invalid("tensor \(name.quoted()): expected a 'shape' of 1 to 4 dimensions, none of them 0")
        }
        guard let offsets = value["data_offsets"]?.integers, offsets.count == 2, offsets[0] >= 0,
            offsets[0] <= offsets[1], offsets[1] <= dataByteCount
        else {
            throw invalid(
                "tensor \(name.quoted()): expected 'data_offsets' of two places within \(dataByteCount) bytes")
        }
        let byteCount = Self.product(shape).flatMap { type.byteCount(elementCount: $0) }
        guard byteCount == offsets[1] - offsets[0] else {
            throw invalid(
                "tensor \(name.quoted()): expected \(byteCount.map { "\($0)" } ?? "more than there are") bytes for "
                    + "\(type) \(shape), found \(offsets[1] - offsets[0])")
        }
        return TensorDescription(
            name: name, shape: shape, elementType: type, byteOffset: dataOffset + offsets[0],
            byteCount: offsets[1] - offsets[0])
    }

    private func elementType(_ name: String, _ value: JSONValue?) throws(CheckpointError) -> ElementType {
        guard let text = value?.text else { throw invalid("tensor \(name.quoted()): expected a 'dtype'") }
        guard let type = Self.elementTypes[text] else {
            throw CheckpointError(
                .unsupported, file: file,
                problem: "tensor \(name.quoted()): expected F32, F16 or BF16, found \(text.quoted())",
                remedy: .other("Write it as one of these"))
        }
        return type
    }

    /// Every byte belongs to one tensor, as the format demands.
    private func checkPlaces() throws(CheckpointError) {
        var end = dataOffset
        for tensor in tensors {
            guard tensor.byteOffset == end else {
                throw invalid(
                    "tensor \(tensor.name.quoted()): expected to start at byte \(end), found \(tensor.byteOffset)")
            }
            end += tensor.byteCount
        }
        guard end == dataOffset + dataByteCount else {
            throw invalid("expected \(end) bytes in the file, found \(dataOffset + dataByteCount)")
        }
    }

    private static func product(_ shape: [Int]) -> Int? {
        var product = 1
        for dimension in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
            if overflow { return nil }
            product = next
        }
        return product
    }

    private func invalid(_ problem: String) -> CheckpointError { Self.invalid(file, problem) }

    private static func invalid(_ file: String, _ problem: String) -> CheckpointError {
        CheckpointError(.invalid, file: file, problem: problem, remedy: CheckpointError.writeAgain)
    }
}
