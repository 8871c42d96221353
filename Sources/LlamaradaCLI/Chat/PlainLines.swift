import Glibc
import Synchronization

/// Lines of standard input as they come.
final class PlainLines: Sendable {
    /// Far above any message; without a limit, `/dev/zero` would fill the memory.
    private static let longestLine = 16 << 20

    private let pending = Mutex<[UInt8]>([])

    /// The next line without its end; bytes that are not UTF-8 are repaired.
    ///
    /// - Throws: `TextFile.Failure` where reading fails.
    func next(wake: CInt) throws(TextFile.Failure) -> ChatInput.Line {
        var bytes = pending.withLock { $0 }
        var searched = 0
        while true {
            if let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                pending.withLock { $0 = Array(bytes[(end + 1)...]) }
                return .line(Self.text(bytes[..<end]))
            }
            searched = bytes.count
            guard bytes.count <= Self.longestLine else {
                throw TextFile.Failure(
                    path: "standard input",
                    problem: "a line is longer than \(Self.longestLine) bytes. Give shorter messages.")
            }
            guard try Self.waitForInput(wake) else {
                pending.withLock { $0 = [] }
                return .interrupted
            }
            let part = try Self.readPart()
            if part.isEmpty {
                pending.withLock { $0 = [] }
                return bytes.isEmpty ? .end : .line(Self.text(bytes[...]))
            }
            bytes += part
        }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        let line = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
        return String(decoding: line, as: UTF8.self)
    }

    /// False where somebody woke us instead.
    private static func waitForInput(_ wake: CInt) throws(TextFile.Failure) -> Bool {
        var polled = [
            pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&polled, 2, -1) < 0 {
            guard errno == EINTR else { throw failure() }
        }
        return polled[1].revents == 0
    }

    private static func readPart() throws(TextFile.Failure) -> [UInt8] {
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(STDIN_FILENO, &part, part.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure() }
            return Array(part[..<count])
        }
    }

    private static func failure() -> TextFile.Failure {
        let reason = errno == EBADF ? "it is closed" : String(cString: strerror(errno))
        return TextFile.Failure(path: "standard input", problem: "can't be read: \(reason).")
    }
}
