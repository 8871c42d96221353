import Glibc

/// A file that appears under its name only when it is complete: written beside it, made durable, renamed.
package final class AtomicOutputFile {
    private let path: String
    private let temporaryPath: String
    private let descriptor: CInt

    /// Creates the temporary file.
    ///
    /// A folder or device at `path` is refused now: the one can't be replaced, the other should not be.
    package init(path: String) throws(CheckpointError) {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw Self.failure(path, "replacing", status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
        }
        let temporaryPath = "\(path).\(String(UInt32.random(in: .min ... .max), radix: 16)).partial"
        let descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.failure(path, "creating", errno) }
        self.path = path
        self.temporaryPath = temporaryPath
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
        // Gone already after a commit; after a failure nothing may stay behind.
        unlink(temporaryPath)
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let count = Glibc.write(descriptor, part.baseAddress, part.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path, "writing", errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Makes the bytes durable and gives the file its name, replacing an old one.
    package func commit() throws(CheckpointError) {
        guard fsync(descriptor) == 0 else { throw Self.failure(path, "writing", errno) }
        guard rename(temporaryPath, path) == 0 else { throw Self.failure(path, "renaming to", errno) }
        // The rename itself is durable once the folder is; a folder that can't be synced is no failure of the file.
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folderDescriptor >= 0 else { return }
        fsync(folderDescriptor)
        close(folderDescriptor)
    }

    private static func failure(_ path: String, _ verb: String, _ number: CInt) -> CheckpointError {
        CheckpointError(
            .io, file: path, problem: "\(verb) the file failed: \(systemMessage(number))",
            remedy: "Check the folder, its permissions and the space on the disk.")
    }
}
