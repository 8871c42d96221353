import Glibc
import LlamaradaTensors

/// Text that a command reads whole.
enum TextFile {
    /// The file's text; bytes that are not UTF-8 are repaired.
    static func read(_ path: String) throws -> String {
        let file = try ModelFile(path: path)
        var bytes = [UInt8](repeating: 0, count: file.byteCount)
        try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
