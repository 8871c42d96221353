import Glibc

/// One line on stderr that says what goes on; silent where stderr is no terminal.
final class ProgressNote {
    private let isTerminal = isatty(STDERR_FILENO) == 1

    /// Replaces the line.
    func show(_ note: String) { write("\r\u{1B}[K\(note) …") }

    /// Erases the line.
    func clear() { write("\r\u{1B}[K") }

    private func write(_ text: String) {
        guard isTerminal else { return }
        _ = text.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
    }
}
