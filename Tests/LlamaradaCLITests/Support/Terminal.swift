import Foundation
import Glibc
import Testing

/// The program in a terminal of its own, as a person sees it.
final class Terminal {
    private let process = Process()
    private let master: CInt
    private var unread: [UInt8] = []
    /// How the prompt looks at a line's beginning; an editor that draws a line again puts only a return before it.
    static let prompt = "\n> "
    /// Everything that was shown.
    private(set) var shown = ""

    /// Starts the program with a terminal that Ctrl-C in it reaches.
    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        // Glibc's module lacks posix_openpt and its like: these are the requests that they make.
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (locked, number): (CInt, CUnsignedInt) = (0, 0)
        let (setLock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
        try #require(master >= 0 && ioctl(master, setLock, &locked) == 0 && ioctl(master, getNumber, &number) == 0)
        let name = "/dev/pts/\(number)"
        let slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(slave >= 0)
        let handle = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
        var size = winsize(ws_row: 50, ws_col: 160, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setsid")
        process.arguments = ["--ctty", "--wait"] + Program.hearsHangups + [Program.path] + arguments
        process.environment = ProcessInfo.processInfo.environment
            .merging(["TERM": "xterm", "SWIFT_BACKTRACE": "enable=no"]) { $1 }.merging(environment) { $1 }
        (process.standardInput, process.standardOutput, process.standardError) = (handle, handle, handle)
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        close(master)
    }

    /// Types something.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(master, bytes, bytes.count)
    }

    /// Waits until a text is shown behind what was waited for before; returns what was shown up to its end, lines ending
    /// as in Unix.
    @discardableResult func wait(for text: String, seconds: Double = 60) throws -> String {
        let end = ContinuousClock.now + .seconds(seconds)
        while true {
            if let range = unread.firstRange(of: Array(text.utf8)) {
                defer { unread.removeSubrange(..<range.upperBound) }
                let seen = String(decoding: unread[..<range.upperBound], as: UTF8.self)
                return seen.replacingOccurrences(of: "\r\n", with: "\n")
            }
            guard ContinuousClock.now < end, read(within: 100) else {
                let rest = String(decoding: unread, as: UTF8.self)
                throw Missing(description: "\(text.debugDescription) is not shown, but \(rest.debugDescription)")
            }
        }
    }

    struct Missing: Error, CustomStringConvertible { let description: String }

    /// Waits for the end; returns the exit status.
    func finish(seconds: Double = 20) -> Int32? {
        let end = ContinuousClock.now + .seconds(seconds)
        while process.isRunning, ContinuousClock.now < end { _ = read(within: 20) }
        guard !process.isRunning else { return nil }
        while read(within: 0) {}
        return process.terminationStatus
    }

    /// Whether the terminal shows what is typed and gathers lines, as before an editor changed that.
    var isAsBefore: Bool {
        var mode = termios()
        let before = tcflag_t(ECHO | ICANON)
        return tcgetattr(master, &mode) == 0 && mode.c_lflag & before == before
    }

    /// Sends a signal to the program itself, which setsid has started.
    func signal(_ number: Int32) throws {
        let children = try String(
            contentsOfFile: "/proc/\(process.processIdentifier)/task/\(process.processIdentifier)/children",
            encoding: .utf8)
        let child = children.split(separator: " ").first.flatMap { pid_t($0) } ?? process.processIdentifier
        kill(child, number)
    }

    /// Reads what is there within some milliseconds; false at the end.
    private func read(within milliseconds: CInt) -> Bool {
        var polled = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        let count = poll(&polled, 1, milliseconds)
        if count < 0 { return errno == EINTR }
        if count == 0 { return milliseconds > 0 }
        var part = [UInt8](repeating: 0, count: 4096)
        let length = Glibc.read(master, &part, part.count)
        guard length > 0 else { return false }
        unread += part[..<length]
        shown += String(decoding: part[..<length], as: UTF8.self)
        return true
    }
}
