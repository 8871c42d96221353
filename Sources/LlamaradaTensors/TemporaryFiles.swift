import Glibc
import Synchronization

/// The files that this process has under temporary names now, so that none stays when it ends in the middle.
package enum TemporaryFiles {
    /// What would be removed now.
    private struct Live {
        var files: Set<String> = []
        /// Folders that are not complete yet.
        var folders: [String: Folder] = [:]
    }

    private struct Folder {
        /// Whether it was not there before.
        var isNew: Bool
        /// The final names of its files.
        var files: Set<String> = []

        func remove(_ path: String) {
            for file in files { unlink(file.cPath) }
            if isNew { rmdir(path.cPath) }
        }
    }

    private static let live = Mutex(Live())

    /// Creates a file that is not there yet and opens it for writing; negative with `errno` where that fails.
    ///
    /// The file is locked for as long as it is open: that tells a living process of another container, whose number
    /// means nothing here, from a dead one.
    static func create(_ path: String) -> CInt {
        // The lock is held while the file is made, so that the end of the process either sees it or prevents it.
        live.withLock { live in
            let descriptor = open(path.cPath, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { return descriptor }
            flock(descriptor, LOCK_EX | LOCK_NB)
            live.files.insert(path)
            return descriptor
        }
    }

    /// Gives a file its final name; false with `errno` where that fails.
    static func rename(_ path: String, to name: String) -> Bool {
        live.withLock { live in
            guard Glibc.rename(path.cPath, name.cPath) == 0 else { return false }
            live.files.remove(path)
            return true
        }
    }

    /// Removes a file that was not renamed.
    static func remove(_ path: String) {
        live.withLock { live in
            if live.files.remove(path) != nil { unlink(path.cPath) }
        }
    }

    /// Removes all of them and ends the process; no file gets its final name meanwhile.
    package static func removeAll(andThen end: () -> Never) -> Never {
        live.withLock { live in
            for path in live.files { unlink(path.cPath) }
            for (path, folder) in live.folders { folder.remove(path) }
            end()
        }
    }
}

extension TemporaryFiles {
    /// Makes a folder, or takes one that is there; false with `errno` where that fails.
    static func openFolder(_ path: String) -> Bool {
        live.withLock { live in
            let isNew = mkdir(path.cPath, 0o777) == 0
            guard isNew || errno == EEXIST else { return false }
            live.folders[path] = Folder(isNew: isNew)
            return true
        }
    }

    /// A file will have this final name in a folder that is not complete.
    static func add(_ file: String, toFolder path: String) {
        live.withLock { live in _ = live.folders[path]?.files.insert(file) }
    }

    /// The folder is complete.
    static func keepFolder(_ path: String) { live.withLock { live in live.folders[path] = nil } }

    /// Removes a folder that did not become complete, and the files that are being written in it.
    static func removeFolder(_ path: String) {
        live.withLock { live in
            guard let folder = live.folders.removeValue(forKey: path) else { return }
            let inside = live.files.filter { $0.utf8.starts(with: OutputFolder.join(path, "").utf8) }
            for file in inside { unlink(file.cPath) }
            live.files.subtract(inside)
            folder.remove(path)
        }
    }
}

/// Names of files that are not complete yet: `NAME.<process>-<random>.partial`.
enum TemporaryName {
    private static let ending = ".partial"

    /// A new name beside `path`.
    static func make(for path: String) -> String {
        "\(path).\(getpid())-\(String(UInt32.random(in: .min ... .max), radix: 16))\(ending)"
    }

    /// Removes what processes that ended in the middle of writing `path` left beside it.
    static func removeLeftovers(of path: String) {
        let (folder, final) = OutputTarget.split(path)
        guard !final.isEmpty, let stream = opendir(folder.cPath) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { PathBytes.text(cString: $0) }
            }
            // Byte by byte: texts that differ only in how an accent is written are equal, files are not.
            guard name.utf8.starts(with: "\(final).".utf8), name.hasSuffix(ending),
                let process = process(Substring(name.utf8.dropFirst(final.utf8.count + 1).dropLast(ending.count))),
                kill(process, 0) != 0, errno == ESRCH
            else { continue }
            removeUnlessLocked(folder + name)
        }
    }

    /// The process of `<process>-<random>`.
    private static func process(_ text: Substring) -> pid_t? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        // Numbers may begin with a plus sign for Swift, never in a name of ours.
        guard parts.count == 2, !text.contains("+"), UInt32(parts[1], radix: 16) != nil, let number = pid_t(parts[0]),
            number > 0
        else {
            return nil
        }
        return number
    }

    private static func removeUnlessLocked(_ path: String) {
        let descriptor = open(path.cPath, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            flock(descriptor, LOCK_EX | LOCK_NB) == 0
        else { return }
        unlink(path.cPath)
    }
}
