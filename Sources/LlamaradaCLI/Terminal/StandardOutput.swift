import Glibc

/// Standard output, with failures reported: `print` ignores a full disk.
enum StandardOutput {
    /// Standard output can't take more.
    struct Failure: Error {
        let number: CInt
        /// What to say: nothing where the reader has just gone away, as `head` does.
        var line: String? {
            switch number {
            case EPIPE: nil
            case EBADF: "standard output is closed: there is nowhere to write to."
            default: "standard output: writing failed: \(String(cString: strerror(number)))."
            }
        }
    }

    /// Whether a person may see standard error on the same lines: both are one terminal, file or pipe.
    static var isShared: Bool {
        var (output, errors) = (stat(), stat())
        guard fstat(STDOUT_FILENO, &output) == 0, fstat(STDERR_FILENO, &errors) == 0 else { return false }
        return isatty(STDOUT_FILENO) == 1 || (output.st_dev, output.st_ino) == (errors.st_dev, errors.st_ino)
    }

    /// Writes text at once, unbuffered. Where the reader has gone away, the process ends as by that signal.
    static func write(_ text: String) throws(Failure) {
        guard !writeAll(text, to: STDOUT_FILENO) else { return }
        let number = errno
        if number == EPIPE { Interruption.endOfReader() }
        throw Failure(number: number)
    }

    /// Writes one line to standard error, where failures can't be told anybody.
    static func writeError(line: String) { writeError(line + "\n") }

    /// The same for text that is no line.
    static func writeError(_ text: String) { _ = writeAll(text, to: STDERR_FILENO) }

    private static func writeAll(_ text: String, to descriptor: CInt) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = UnsafeBufferPointer(rebasing: rest)
                let count = Glibc.write(descriptor, part.baseAddress, part.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }
}
