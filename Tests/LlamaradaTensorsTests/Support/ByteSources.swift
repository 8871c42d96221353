import LlamaradaErrors
import LlamaradaTensors

/// A file in memory, followed by as many zeros as `byteCount` asks for.
struct MemorySource: ByteSource {
    let bytes: [UInt8]
    let byteCount: Int
    var name: String { "test.gguf" }

    init(_ bytes: [UInt8], byteCount: Int? = nil) {
        self.bytes = bytes
        self.byteCount = byteCount ?? bytes.count
    }

    func read(into target: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws(CheckpointError) {
        guard byteOffset >= 0, target.count <= byteCount - byteOffset else {
            throw CheckpointError(.io, file: name, problem: "read past the end", remedy: .noneKnown)
        }
        for index in target.indices {
            let position = byteOffset + index
            target[index] = position < bytes.count ? bytes[position] : 0
        }
    }
}

/// A source whose reads fail, as a bad disk's do.
struct FailingSource: ByteSource {
    let byteCount = 1 << 20
    let name = "disk.gguf"

    func read(into target: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws(CheckpointError) {
        throw CheckpointError(.io, file: name, problem: "reading failed", remedy: .other("Check the disk"))
    }
}

extension GGUFWriter {
    /// The whole file; every tensor's bytes are those of `fill`, cut to length.
    func bytes(fill: (TensorDescription) -> [UInt8] = { [UInt8](repeating: 0, count: $0.byteCount) }) throws -> [UInt8]
    {
        var bytes: [UInt8] = []
        try withoutActuallyEscaping(fill) { fill in
            try write(into: { bytes += $0 }, file: "test.gguf") { tensor, sink in
                try fill(tensor).withUnsafeBytes(sink)
            }
        }
        return bytes
    }
}
