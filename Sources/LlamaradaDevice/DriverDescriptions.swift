import Glibc
import Synchronization

/// The files that describe Vulkan drivers to the loader, seen before the loader sees them.
///
/// Loader 1.3.239 finds no driver at all where one description of several is not JSON, and crashes where it is JSON of
/// another shape. So those are taken off its list.
struct DriverDescriptions: Sendable {
    /// What can't be used and why, a line each.
    var problems: [String] = []
    /// Whether descriptions were named and the loader can take none of them.
    var isEmpty = false
    private static let hasWarned = Atomic(false)

    /// The descriptions of this process; what the loader can't take has been taken off its list.
    static let screened: DriverDescriptions = {
        var result = DriverDescriptions()
        result.screen()
        return result
    }()

    /// Names what can't be used on stderr, the first time.
    func warnOnce() {
        guard !problems.isEmpty, !Self.hasWarned.exchange(true, ordering: .relaxed) else { return }
        for problem in problems {
            let line = "warning: a Vulkan driver is left out: \(problem).\n"
            _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        }
    }

    /// The variables that name descriptions in place of the system's folders; the first that is there counts.
    private static let listVariables = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"]

    private mutating func screen() {
        let set = Self.listVariables.filter { Self.variable($0) != nil }
        if let first = set.first {
            let kept = screen(Self.list(first))
            isEmpty = kept.isEmpty
            // The loader would take an empty list for none.
            if !isEmpty { Self.set(set, to: kept) }
        } else {
            let all = DriverFolders.files()
            let kept = screen(all)
            if kept.count < all.count, !kept.isEmpty { Self.set(Self.listVariables, to: kept) }
        }
        let added = Self.list("VK_ADD_DRIVER_FILES")
        let kept = screen(added)
        if kept.count < added.count { Self.set(["VK_ADD_DRIVER_FILES"], to: kept) }
    }

    /// The files that the loader can take; it passes by itself over those that are not there.
    private mutating func screen(_ files: [FileName]) -> [FileName] {
        files.filter { file in
            guard let text = file.contents() else {
                // Newer loaders take folders too.
                if errno != EISDIR { note(file, "can't be read: \(String(cString: strerror(errno)))") }
                return true
            }
            switch DriverDescription.parse(text) {
            case .failure(let fault):
                note(file, fault.reason)
                return false
            case .success(let description):
                if let problem = description.libraryProblem(beside: file) { note(file, problem) }
                return true
            }
        }
    }

    private mutating func note(_ file: FileName, _ problem: String) {
        let line = "\(file.shown): \(problem)"
        if !problems.contains(line) { problems.append(line) }
    }

    private static func variable(_ name: String) -> [UInt8]? {
        guard let value = getenv(name), value[0] != 0 else { return nil }
        return (0..<strlen(value)).map { UInt8(bitPattern: value[$0]) }
    }

    private static func list(_ name: String) -> [FileName] {
        (variable(name) ?? []).split(separator: UInt8(ascii: ":")).map { FileName(bytes: Array($0)) }
    }

    private static func set(_ names: [String], to files: [FileName]) {
        let value = files.map(\.bytes).joined(separator: [UInt8(ascii: ":")])
        let bytes = value.map { CChar(bitPattern: $0) } + [0]
        for name in names { setenv(name, bytes, 1) }
    }
}

/// The name of a file, which may be any bytes.
struct FileName: Sendable {
    let bytes: [UInt8]
    /// More than any description has.
    private static let largestByteCount = 1 << 20

    /// The name in a line of text.
    var shown: String { DriverDescription.oneLine(String(decoding: bytes, as: UTF8.self)) }
    /// The folder with its final slash; empty where the name has none.
    var folder: [UInt8] { Array(bytes[..<((bytes.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1)]) }
    var cString: [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }

    /// What a regular file holds; nil with `errno` where it can't be read.
    func contents() -> [UInt8]? {
        let descriptor = open(cString, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 14)
        while text.count <= Self.largestByteCount {
            let count = read(descriptor, &part, part.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return text }
            text += part[..<count]
        }
        errno = EFBIG
        return nil
    }
}
