import Logging

/// What the library has to say, on stderr: warnings and errors, a line each.
struct StandardErrorLog: LogHandler {
    var logLevel = Logger.Level.warning
    var metadata: Logger.Metadata = [:]

    static let logger = Logger(label: "llamarada") { _ in StandardErrorLog() }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        // Errors end the command, which says them itself.
        guard event.level == .warning else { return }
        StandardOutput.writeError(line: "warning: \(event.message)")
    }
}
