import Glibc

/// A file that appears under its name only when it is complete: written beside it, made durable, renamed.
///
/// Links stay and what they point to is replaced. Pipes, character devices and descriptors such as `/dev/stdout` are
/// written in place.
package final class AtomicOutputFile: Sendable {
    /// Where the bytes go in the end.
    package let target: OutputTarget
    private let descriptor: CInt
    /// The temporary and the final name; nil where the bytes are written in place.
    private let names: (temporary: String, final: String)?

    /// The name as it was given.
    package var path: String { target.path }

    /// Opens what `path` names, creating the temporary file where one is needed.
    package convenience init(path: String) throws(CheckpointError) {
        try self.init(OutputTarget(path: path))
    }

    /// Opens a target; what processes that died while they wrote it left behind is removed.
    package init(_ target: OutputTarget) throws(CheckpointError) {
        self.target = target
        var names: (temporary: String, final: String)?
        let opened: CInt
        switch target.place {
        case .file(let final):
            TemporaryName.removeLeftovers(of: final)
            let temporary = TemporaryName.make(for: final)
            names = (temporary, final)
            opened = TemporaryFiles.create(temporary)
        case .stream(let name): opened = Self.openStream(name)
        case .descriptor(let number): opened = Self.duplicate(inherited: number)
        }
        guard opened >= 0 else { throw .output(target.path, "creating", errno) }
        descriptor = opened
        self.names = names
    }

    deinit {
        close(descriptor)
        // After a failure nothing may stay behind.
        if let names { TemporaryFiles.remove(names.temporary) }
    }

    /// Writes the next bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let count = Glibc.write(descriptor, part.baseAddress, part.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .output(path, "writing", errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Writes over bytes of a regular file; what comes next still goes to its end.
    package func overwrite(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(CheckpointError) {
        var done = 0
        while done < bytes.count {
            let part = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = pwrite(descriptor, part.baseAddress, part.count, off_t(position + done))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .output(path, "writing", errno) }
            done += count
        }
    }

    /// Makes the bytes durable and gives the file its name, replacing an old one.
    package func commit() throws(CheckpointError) {
        try synchronise()
        try rename()
    }

    /// The same, but `check` may throw as the last thing before the file gets its name.
    package func commit(check: () throws -> Void) throws {
        try synchronise()
        try check()
        try rename()
    }
}

extension AtomicOutputFile {
    private func synchronise() throws(CheckpointError) {
        if fsync(descriptor) == 0 { return }
        // Pipes and devices have nothing to make durable.
        if names == nil, [EINVAL, EROFS, ENOTSUP].contains(errno) { return }
        throw .output(path, "writing", errno)
    }

    private func rename() throws(CheckpointError) {
        guard let names else { return }
        guard TemporaryFiles.rename(names.temporary, to: names.final) else {
            throw .output(path, "renaming to", errno)
        }
        // The rename itself is durable once the folder is; a folder that can't be synced is no failure of the file.
        let folder = open(OutputTarget.split(names.final).folder.cPath, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    /// Opens a pipe or a device; waits, as every program does, until a pipe has a reader.
    private static func openStream(_ name: String) -> CInt {
        while true {
            let descriptor = open(name.cPath, O_WRONLY | O_NOCTTY | O_CLOEXEC)
            if descriptor >= 0 || errno != EINTR { return descriptor }
        }
    }

    /// A duplicate of a descriptor that was there before the program opened any of its own, all of which close on exec.
    private static func duplicate(inherited number: CInt) -> CInt {
        let flags = fcntl(number, F_GETFD)
        guard flags >= 0 else { return -1 }
        guard flags & FD_CLOEXEC == 0, fcntl(number, F_GETFL) & O_ACCMODE != O_RDONLY else {
            errno = EBADF
            return -1
        }
        return fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
    }
}
