import Glibc
import LlamaradaErrors

/// Where an output goes: what its name stands for once links are followed.
package struct OutputTarget: Sendable {
    /// How the bytes get there.
    enum Place: Sendable, Equatable {
        /// A regular file, there already or not, under its name behind all links.
        case file(String)
        /// A pipe or character device, which keeps its place and gets the bytes as they come.
        case stream(String)
        /// A descriptor that the process was started with, such as standard output.
        case descriptor(CInt)
    }

    /// What would be lost if the target were replaced.
    package enum Content: Sendable {
        case nothing, model, other
    }

    /// What a regular file is under all its names; of one that is not there, its folder and its name.
    private struct Identity: Sendable, Equatable {
        var device: dev_t
        var inode: ino_t
        var name: String

        init(_ status: stat, name: String = "") {
            (device, inode, self.name) = (status.st_dev, status.st_ino, name)
        }

        static func of(_ status: stat) -> Identity? {
            status.st_mode & S_IFMT == S_IFREG ? Identity(status) : nil
        }

        /// Of a path or, where nothing lies there, of what will.
        static func of(path: String) -> Identity? {
            var status = stat()
            if stat(path.cPath, &status) == 0 { return of(status) }
            let (folder, name) = OutputTarget.split(path)
            return stat(folder.cPath, &status) == 0 ? Identity(status, name: name) : nil
        }
    }

    /// The name as it was given.
    package let path: String
    let place: Place
    private let identity: Identity?

    /// Follows the links of `path`.
    ///
    /// Throws `CheckpointError` with code `io` where neither a file nor a stream can be there.
    package init(path: String) throws(CheckpointError) {
        self.path = path
        place = try Self.place(path)
        switch place {
        case .file(let name): identity = Identity.of(path: name)
        case .stream: identity = nil
        case .descriptor(let number):
            var status = stat()
            identity = fstat(number, &status) == 0 ? Identity.of(status) : nil
        }
    }

    /// Whether the target is a regular file that also `path` names.
    package func isFile(_ path: String) -> Bool {
        identity != nil && identity == Identity.of(path: path)
    }

    /// Whether both are one regular file.
    package func isSameFile(as other: OutputTarget) -> Bool { identity != nil && identity == other.identity }

    /// Whether the target is a file in the folder at `path`.
    package func isInFolder(_ path: String) -> Bool {
        guard case .file(let name) = place else { return false }
        var (own, other) = (stat(), stat())
        return stat(Self.split(name).folder.cPath, &own) == 0 && stat(path.cPath, &other) == 0
            && own.st_dev == other.st_dev && own.st_ino == other.st_ino
    }

    /// Whether standard output is meant.
    package var isStandardOutput: Bool { place == .descriptor(STDOUT_FILENO) }

    /// Whether a descriptor that the process was started with is meant by its number.
    package var isDescriptor: Bool { if case .descriptor = place { true } else { false } }

    /// What lies there now.
    package var content: Content {
        var status = stat()
        guard case .file(let name) = place, stat(name.cPath, &status) == 0, status.st_size > 0 else { return .nothing }
        let descriptor = open(name.cPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return .other }
        defer { close(descriptor) }
        var start = [UInt8](repeating: 0, count: 4)
        return read(descriptor, &start, 4) == 4 && start == Array("GGUF".utf8) ? .model : .other
    }
}

extension OutputTarget {
    /// As many as Linux follows.
    private static let mostLinks = 40

    private static func place(_ path: String) throws(CheckpointError) -> Place {
        var name = path
        for _ in 0...mostLinks {
            // Before looking: what lies behind such a name can be a file that must keep its place.
            if let number = descriptor(name) { return .descriptor(number) }
            var status = stat()
            guard lstat(name.cPath, &status) == 0 else {
                guard errno == ENOENT, !name.isEmpty else { throw .output(path, "creating", errno) }
                return .file(name)
            }
            switch status.st_mode & S_IFMT {
            case S_IFREG: return .file(name)
            case S_IFCHR, S_IFIFO: return .stream(name)
            case S_IFLNK: name = try target(ofLink: name, path)
            case S_IFDIR: throw .output(path, "replacing", EISDIR)
            default: throw .output(path, "replacing", EINVAL)
            }
        }
        throw .output(path, "creating", ELOOP)
    }

    private static func target(ofLink name: String, _ path: String) throws(CheckpointError) -> String {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(name.cPath, &bytes, bytes.count)
        guard count > 0 else { throw .output(path, "creating", errno) }
        let target = PathBytes.text(bytes[..<count].map { UInt8(bitPattern: $0) })
        return target.utf8.first == UInt8(ascii: "/") ? target : split(name).folder + target
    }

    /// The number in `/dev/stdout`, `/dev/fd/1` and `/proc/self/fd/1`.
    private static func descriptor(_ name: String) -> CInt? {
        switch name {
        case "/dev/stdin": return STDIN_FILENO
        case "/dev/stdout": return STDOUT_FILENO
        case "/dev/stderr": return STDERR_FILENO
        default:
            let folders = ["/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/", "/proc/\(getpid())/fd/"]
            return folders.first { name.hasPrefix($0) }.flatMap { CInt(name.dropFirst($0.count)) }
        }
    }

    /// The folder with its final slash, and the name in it.
    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("./", path) }
        return (String(path[...slash]), String(path[path.utf8.index(after: slash)...]))
    }
}

extension CheckpointError {
    /// The failure of a system call on an output.
    static func output(_ path: String, _ verb: String, _ number: CInt) -> CheckpointError {
        CheckpointError(
            .io, file: path.isEmpty ? "''" : path, problem: "\(verb) the file failed: \(systemMessage(number))",
            remedy: .other("Check the folder, its permissions and the space on the disk"))
    }
}
