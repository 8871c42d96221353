import Dispatch
import Glibc
import LlamaradaTensors
import Synchronization

/// Turns SIGINT, SIGTERM and SIGHUP into an error that a command throws when it next looks; the second signal ends the
/// process at once.
final class Interruption: Sendable {
    /// Thrown by `check`; its exit status is 128 + the signal's number.
    struct Signalled: Error {
        var number: Int32
    }

    private let hasReacted = Atomic(false)

    /// Listens from now on, for one use a process.
    ///
    /// What has not ended a second after the first signal (a driver that compiles, a pass over a long prompt, a pipe that
    /// nobody reads) is left.
    ///
    /// - Parameters:
    ///   - react: is called on a queue at the first signal, with its number.
    init(react: @escaping @Sendable (Int32) -> Void = { _ in }) {
        SignalPipe.listen { [self] number in
            if hasReacted.exchange(true, ordering: .sequentiallyConsistent) { Self.end(number) }
            react(number)
            DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(1)) { Self.end(number) }
        }
    }

    /// Listens from now on for work that can't look: the first signal ends the process.
    static func ending() -> Interruption { Interruption { end($0) } }

    /// Throws `Signalled` once a signal came.
    func check() throws {
        let number = SignalPipe.first.load(ordering: .sequentiallyConsistent)
        if number != 0 { throw Signalled(number: number) }
    }

    /// Runs `work` in a task that the signals cancel.
    ///
    /// Work that notices ends within one token.
    static func cancelling(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await work() }
        let interruption = Interruption { _ in task.cancel() }
        let result = await task.result
        try interruption.check()
        try result.get()
    }

    /// Ends the process with a signal's status, and no file half-written.
    static func end(_ number: Int32) -> Never { TemporaryFiles.removeAll { _exit(128 + number) } }

    /// Ends the process as SIGPIPE does, and no file half-written.
    static func endOfReader() -> Never {
        TemporaryFiles.removeAll {
            signal(SIGPIPE, SIG_DFL)
            SignalPipe.unblock(SIGPIPE)
            raise(SIGPIPE)
            _exit(128 + SIGPIPE)
        }
    }
}
