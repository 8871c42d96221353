import Glibc
import Logging

/// What the server says of itself: a line each on stderr.
struct ServeLog: LogHandler {
    var logLevel = Logger.Level.warning
    var metadata: Logger.Metadata = [:]

    static let logger = Logger(label: "llamarada") { _ in ServeLog() }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { Self.write("\(event.level): \(event.message)") }

    /// Writes a line in one piece.
    static func write(_ line: String) {
        let shown = line.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : "\($0)" }.joined()
        let bytes = Array((shown + "\n").utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
