import Glibc
import LlamaradaTensors
import Synchronization

/// What Ctrl-C and other signals do in a conversation: Ctrl-C stops an answer, and at the prompt says how to leave.
/// Everything else ends the program at once, as does Ctrl-C while a model loads or where no person converses.
final class ChatSignals: Sendable {
    private enum Place {
        case loading, between, waiting
        case answering(cancel: @Sendable () -> Void, presses: Int)
    }

    private struct State {
        var place = Place.loading
        /// Of Ctrl-C at the prompt, one after the other.
        var presses = 0
    }

    private let state = Mutex(State())
    private let stopsAnswers: Bool
    private let wake = WakePipe()
    private let terminal = TerminalMode()

    /// Readable once Ctrl-C was pressed at the prompt.
    var wakeDescriptor: CInt { wake.output }

    /// Listens from now on, for one use a process.
    ///
    /// - Parameter stopsAnswers: whether Ctrl-C stops an answer and not the program.
    init(stopsAnswers: Bool) {
        self.stopsAnswers = stopsAnswers
        SignalPipe.listen { [self] number in react(to: number) }
    }

    private func react(to number: Int32) {
        guard number == SIGINT, stopsAnswers else { return end(number) }
        // Three times: the answer does not stop.
        let isEnd = state.withLock { state -> Bool in
            switch state.place {
            case .loading: return true
            case .between: return false
            case .waiting:
                state.presses += 1
                wake.signal()
                return false
            case .answering(let cancel, let presses):
                cancel()
                state.place = .answering(cancel: cancel, presses: presses + 1)
                return presses >= 2
            }
        }
        if isEnd { end(number) }
    }

    private func end(_ number: Int32) {
        terminal.restore()
        Interruption.end(number)
    }

    /// From now on Ctrl-C does not end the program.
    func finishLoading() { state.withLock { $0.place = .between } }

    /// Whether Ctrl-C was pressed twice at the prompt, with nothing between.
    var wasPressedTwice: Bool { state.withLock { $0.presses >= 2 } }

    /// Something was said since.
    func forgetPresses() { state.withLock { $0.presses = 0 } }

    /// Runs what waits for a person.
    func waiting<Result: Sendable>(_ work: @Sendable () async throws -> Result) async throws -> Result {
        wake.clear()
        state.withLock { $0.place = .waiting }
        defer { state.withLock { $0.place = .between } }
        return try await work()
    }

    /// Runs what answers, in a task that Ctrl-C cancels.
    func answering<Result: Sendable>(
        _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let task = Task { try await work() }
        state.withLock { $0.place = .answering(cancel: { task.cancel() }, presses: 0) }
        defer { state.withLock { $0.place = .between } }
        return try await task.value
    }
}

/// A pipe that wakes whoever polls it.
private final class WakePipe: Sendable {
    let output: CInt
    private let input: CInt

    init() {
        var ends: [CInt] = [-1, -1]
        _ = pipe(&ends)
        for end in ends where end >= 0 {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (output, input) = (ends[0], ends[1])
    }

    func signal() {
        var byte: UInt8 = 1
        _ = write(input, &byte, 1)
    }

    func clear() {
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1 {}
    }
}

/// How the terminal was when the program began: a line editor leaves it otherwise where the program ends in the middle.
private struct TerminalMode: Sendable {
    private let mode: termios?

    init() {
        var mode = termios()
        self.mode = tcgetattr(STDIN_FILENO, &mode) == 0 ? mode : nil
    }

    func restore() {
        guard var mode else { return }
        tcsetattr(STDIN_FILENO, TCSADRAIN, &mode)
    }
}
