import Glibc
import LlamaradaTensors

/// Text that a command reads whole.
enum TextFile {
    /// Far above any context's text; without a limit, `/dev/zero` would fill the memory.
    private static let largestByteCount = 64 << 20

    /// The bytes of a file, a pipe or a terminal, up to its end.
    static func read(_ path: String) throws(CheckpointError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0, !path.utf8.contains(0) else { throw failure(.missing, path, "can't be opened") }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            if count < 0 && errno == EINTR { continue }
            // A directory can be opened, but not read.
            guard count >= 0 else { throw failure(errno == EISDIR ? .missing : .io, path, "can't be read") }
            if count == 0 { return text }
            text += part[..<count]
            guard text.count <= largestByteCount else {
                throw CheckpointError(
                    .unsupported, file: path, problem: "the text is longer than \(largestByteCount) bytes",
                    remedy: "Give a shorter text.")
            }
        }
    }

    private static func failure(_ code: CheckpointError.Code, _ path: String, _ problem: String) -> CheckpointError {
        CheckpointError(
            code, file: path.isEmpty ? "''" : path,
            problem: "\(problem) as a text: \(String(cString: strerror(errno)))",
            remedy: "Name a file that exists and may be read.")
    }
}
