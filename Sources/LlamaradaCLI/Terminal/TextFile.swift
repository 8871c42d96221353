import Glibc
import LlamaradaTensors

/// Text that a command reads whole.
enum TextFile {
    /// A text can't be read.
    struct Failure: Error, CustomStringConvertible {
        /// The file, as the caller named it.
        let path: String
        /// What is wrong, and what to do about it.
        let problem: String

        /// One line.
        var description: String { "\(path.isEmpty ? "''" : path): \(problem)".escapingControls }
    }

    /// The name of standard input.
    static let standardInput = "-"
    /// Far above any context's text; without a limit, `/dev/zero` would fill the memory.
    private static let largestByteCount = 64 << 20

    /// The bytes of a file, a pipe or a terminal, up to its end; `-` is standard input.
    static func read(_ path: String) throws(Failure) -> [UInt8] {
        if path == standardInput { return try read(STDIN_FILENO, "standard input") }
        let descriptor = open(path.cPath, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0, !path.utf8.contains(0) else { throw failure(path, "can't be opened") }
        defer { close(descriptor) }
        return try read(descriptor, path)
    }

    private static func read(_ descriptor: CInt, _ path: String) throws(Failure) -> [UInt8] {
        var text: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            if count < 0 && errno == EINTR { continue }
            // A directory can be opened, but not read.
            guard count >= 0 else { throw failure(path, "can't be read") }
            if count == 0 { return text }
            text += part[..<count]
            guard text.count <= largestByteCount else {
                throw Failure(
                    path: path, problem: "the text is longer than \(largestByteCount) bytes. Give a shorter text.")
            }
        }
    }

    private static func failure(_ path: String, _ problem: String) -> Failure {
        if errno == EBADF { return Failure(path: path, problem: "it is closed: there is no text to read.") }
        return Failure(
            path: path,
            problem: "\(problem) as a text: \(String(cString: strerror(errno))). "
                + "Name a file that exists and may be read.")
    }
}
