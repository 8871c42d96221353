import LlamaradaErrors

/// An opened safetensors file of plain floats: its header, checked, and access to its tensors.
///
/// Specification: https://github.com/huggingface/safetensors#format
package struct SafetensorsFile: Sendable {
    /// The path as the caller gave it.
    package var path: String { source.name }
    /// The tensors in the order of their bytes.
    package let tensors: [TensorDescription]
    /// What the header's `__metadata__` holds.
    package let metadata: [String: String]

    private let indices: [String: Int]
    /// The file's bytes.
    let source: any ByteSource

    /// Reads and checks the header of `source`: the tensors' bytes lie one after another and fill the file.
    ///
    /// Throws `CheckpointError` naming the tensor, what was expected and what was found.
    package init(source: any ByteSource) throws(CheckpointError) {
        let header = try SafetensorsHeader(source)
        self.source = source
        (tensors, metadata) = (header.tensors, header.metadata)
        var indices: [String: Int] = [:]
        for (index, tensor) in tensors.enumerated() {
            // Names of other bytes are equal where they differ only in how an accent is written.
            guard indices.updateValue(index, forKey: tensor.name) == nil else {
                throw CheckpointError(
                    .invalid, file: source.name, problem: "tensor \(tensor.name.quoted()): expected every name once",
                    remedy: CheckpointError.writeAgain)
            }
        }
        self.indices = indices
    }

    /// The tensor of that name, or nil.
    package func tensor(named name: String) -> TensorDescription? { indices[name].map { tensors[$0] } }

    /// Reads and decodes a whole tensor, row after row.
    ///
    /// Throws `CheckpointError` with code `io` where the file can't be read.
    package func floats(of tensor: TensorDescription) throws(CheckpointError) -> [Float] {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: tensor.byteCount, alignment: 16)
        defer { bytes.deallocate() }
        try source.read(into: bytes, at: tensor.byteOffset)
        let count = tensor.elementCount
        return [Float](unsafeUninitializedCapacity: count) { elements, initialized in
            tensor.elementType.dequantize(
                UnsafeRawBufferPointer(bytes), into: UnsafeMutableBufferPointer(rebasing: elements[..<count]))
            initialized = count
        }
    }
}
