import Dispatch
import Glibc

/// Lines of standard input: edited where a person writes them in a terminal and libedit is there, else as they come.
final class ChatInput: Sendable {
    enum Line: Sendable {
        case line(String)
        case end
        /// Ctrl-C was pressed.
        case interrupted
    }

    /// Whether a person writes.
    let isTerminal = isatty(STDIN_FILENO) == 1
    private let editor: LineEditor?
    private let plain = PlainLines()
    /// Waits for a person block a queue of their own, never the cooperative pool.
    private let queue = DispatchQueue(label: "llamarada.input")

    init() { editor = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 ? LineEditor() : nil }

    /// The next line; a prompt is shown to persons alone.
    ///
    /// - Throws: `TextFile.Failure` where standard input can't be read.
    func next(_ prompt: String, _ signals: ChatSignals) async throws -> Line {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [self] in
                continuation.resume(with: Result { try wait(prompt, wake: signals.wakeDescriptor) })
            }
        }
    }

    private func wait(_ prompt: String, wake: CInt) throws -> Line {
        if let editor {
            let line = editor.next(prompt, wake: wake)
            // The editor leaves its line only where that was complete.
            if case .line = line {} else { try StandardOutput.write("\n") }
            return line
        }
        if isTerminal { StandardOutput.writeError(prompt) }
        let line = try plain.next(wake: wake)
        if isTerminal, case .line = line {} else if isTerminal { StandardOutput.writeError("\n") }
        return line
    }
}
