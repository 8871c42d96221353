import Glibc
import LlamaradaErrors

/// A regular file opened for reading by position.
///
/// Bytes are copied with `pread`, never mapped: a mapped file that is cut while it is read kills the process.
public final class ModelFile: ByteSource {
    /// The path as the caller gave it.
    public let path: String
    /// The file's size when it was opened.
    public let byteCount: Int
    private let descriptor: CInt

    /// The name that errors show: the path.
    package var name: String { path }

    /// Opens a regular file, and never waits: a directory, pipe, socket or device is an error.
    public convenience init(path: String) throws(CheckpointError) { try self.init(path: path, as: "model") }

    /// The same for a file that errors call something else.
    package init(path: String, as kind: String) throws(CheckpointError) {
        guard !path.utf8.contains(0) else {
            throw Self.notUsable(path, kind, "the path holds a zero byte")
        }
        let descriptor = Self.retrying { open(path.cPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
        guard descriptor >= 0 else { throw Self.notUsable(path, kind, systemMessage(errno)) }
        var status = stat()
        let problem: String? =
            switch fstat(descriptor, &status) {
            case 0: Self.irregularity(status.st_mode, kind)
            default: systemMessage(errno)
            }
        if let problem {
            close(descriptor)
            throw Self.notUsable(path, kind, problem)
        }
        self.path = path
        self.byteCount = Int(status.st_size)
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Fills `target` with the bytes from `byteOffset` on.
    ///
    /// Throws `CheckpointError` with code `io` where the file has ended before `target` is full or can't be read.
    public func read(into target: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws(CheckpointError) {
        var done = 0
        while done < target.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: target[done...])
            let (position, overflow) = byteOffset.addingReportingOverflow(done)
            guard !overflow else { throw ended(at: byteOffset, missing: rest.count) }
            let count = Self.retrying { pread(descriptor, rest.baseAddress, rest.count, off_t(position)) }
            guard count >= 0 else { throw failed(at: position, systemMessage(errno)) }
            guard count > 0 else { throw ended(at: position, missing: rest.count) }
            done += count
        }
    }
}

extension ModelFile {
    /// Repeats a system call that a signal interrupted.
    private static func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
        while true {
            let result = call()
            if result != -1 || errno != EINTR { return result }
        }
    }

    /// Why a file of this mode isn't read, or nil for a regular file.
    private static func irregularity(_ mode: mode_t, _ kind: String) -> String? {
        switch mode & S_IFMT {
        case S_IFREG: nil
        case S_IFDIR: "expected a \(kind) file, found a directory"
        case S_IFIFO: "expected a regular file, found a pipe"
        case S_IFSOCK: "expected a regular file, found a socket"
        default: "expected a regular file, found a device"
        }
    }

    private static func notUsable(_ path: String, _ kind: String, _ problem: String) -> CheckpointError {
        CheckpointError(
            .missing, file: path.isEmpty ? "''" : path, problem: "can't be opened as a \(kind): \(problem)",
            remedy: .other("Name a \(kind) file that exists and may be read"))
    }

    private func ended(at position: Int, missing: Int) -> CheckpointError {
        CheckpointError(
            .io, file: path, problem: "ended at byte \(position) of \(byteCount), with \(missing) more bytes expected",
            remedy: .other("The file was cut while it was being read: fetch it again"))
    }

    private func failed(at position: Int, _ reason: String) -> CheckpointError {
        CheckpointError(
            .io, file: path, problem: "reading at byte \(position) of \(byteCount) failed: \(reason)",
            remedy: .other("Check the disk, or copy the file elsewhere and try again"))
    }
}

/// The system's words for an error number.
func systemMessage(_ number: CInt) -> String { String(cString: strerror(number)) }
