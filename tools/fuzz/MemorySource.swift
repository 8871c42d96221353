import LlamaradaErrors
import LlamaradaTensors

/// A file in memory, followed by as many zeros as `byteCount` asks for.
struct MemorySource: ByteSource {
    let bytes: [UInt8]
    let byteCount: Int
    let name: String

    init(bytes: [UInt8], byteCount: Int? = nil, name: String = "fuzz.gguf") {
        self.name = name
        self.bytes = bytes
        self.byteCount = byteCount ?? bytes.count
    }

    func read(into target: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws(CheckpointError) {
        guard byteOffset >= 0, target.count <= byteCount - byteOffset else {
            throw CheckpointError(.io, file: name, problem: "a read past the end", remedy: .other("Mend the parser"))
        }
        let found = bytes.dropFirst(byteOffset).prefix(target.count)
        target.copyBytes(from: found)
        for index in found.count..<target.count { target[index] = 0 }
    }
}
