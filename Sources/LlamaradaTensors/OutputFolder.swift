import Glibc

/// A new folder of output files that stays only once it is complete: until then, whatever ends the process or the work
/// takes it along.
package final class OutputFolder: Sendable {
    /// The name as it was given.
    package let path: String

    /// Makes the folder, or takes an empty one; the caller has asked `isFree`.
    ///
    /// Throws `CheckpointError` with code `io`.
    package init(path: String) throws(CheckpointError) {
        self.path = path
        guard TemporaryFiles.openFolder(path) else { throw .output(path, "creating", errno) }
    }

    deinit { abandon() }

    /// Whether nothing lies at `path`, or an empty folder.
    package static func isFree(_ path: String) -> Bool {
        guard let stream = opendir(path.cPath) else { return errno == ENOENT && !path.isEmpty }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { PathBytes.text(cString: $0) }
            }
            if name != "." && name != ".." { return false }
        }
        return true
    }

    /// Opens a file in the folder.
    package func file(_ name: String) throws(CheckpointError) -> AtomicOutputFile {
        let path = Self.join(path, name)
        TemporaryFiles.add(path, toFolder: self.path)
        return try AtomicOutputFile(path: path)
    }

    /// The folder is complete: it stays with the files that were committed.
    package func commit() { TemporaryFiles.keepFolder(path) }

    /// The work failed: the folder goes now, even where a thread that is about to end still holds it.
    package func abandon() { TemporaryFiles.removeFolder(path) }

    /// The path of a file in a folder.
    package static func join(_ folder: String, _ name: String) -> String {
        folder.utf8.last == UInt8(ascii: "/") ? folder + name : "\(folder)/\(name)"
    }
}
