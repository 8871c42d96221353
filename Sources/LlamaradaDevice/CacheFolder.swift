import Glibc

/// The folder of cache files, open: what its path comes to mean later does not matter.
final class CacheFolder {
    private let descriptor: CInt

    /// Nil where there is none, or where another user could put files into it: drivers trust what they compiled.
    init?(_ path: String) {
        descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, [0, geteuid()].contains(status.st_uid),
            status.st_mode & (S_IWGRP | S_IWOTH) == 0
        else { return nil }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Makes the folder and those above it, as the XDG base directory specification asks for its own eyes only.
    static func make(_ path: String) {
        for end in path.indices.dropFirst() where path[end] == "/" { mkdir(String(path[..<end]), 0o700) }
        mkdir(path, 0o700)
    }

    /// Whether files can be put there.
    var isWritable: Bool { faccessat(descriptor, ".", W_OK | X_OK, AT_EACCESS) == 0 }

    /// A regular file, open for reading, and its size.
    func open(_ name: String) -> (descriptor: CInt, byteCount: Int)? {
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return nil }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(file)
            return nil
        }
        return (file, Int(status.st_size))
    }

    /// Gives a file new content at once; where that fails the old stays.
    func replace(_ name: String, with bytes: [UInt8]) {
        removeLeftovers()
        let temporary = "\(name).\(getpid())-\(String(UInt32.random(in: .min ... .max), radix: 16))"
        let file = openat(descriptor, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        let isWritten = Self.write(bytes, to: file) && fsync(file) == 0
        close(file)
        if !isWritten || renameat(descriptor, temporary, descriptor, name) != 0 { unlinkat(descriptor, temporary, 0) }
    }

    private static func write(_ bytes: [UInt8], to file: CInt) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                let count = Glibc.write(file, part.baseAddress, part.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    /// Removes what processes that ended in the middle of writing left here.
    private func removeLeftovers() {
        // Of its own, because reading moves its position.
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { return }
        guard let stream = fdopendir(copy) else {
            close(copy)
            return
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let process = Self.process(ofTemporary: name), kill(process, 0) != 0, errno == ESRCH else { continue }
            unlinkat(descriptor, name, 0)
        }
    }

    /// The process in `NAME.bin.<process>-<random>`, or in `NAME.bin.<process>` as versions before wrote it.
    private static func process(ofTemporary name: String) -> pid_t? {
        guard let match = name.wholeMatch(of: /.+\.bin\.([0-9]{1,9})(-[0-9a-f]{1,8})?/), let number = pid_t(match.1),
            number > 0
        else { return nil }
        return number
    }
}
