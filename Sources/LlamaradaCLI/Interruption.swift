import Dispatch
import Glibc
import Synchronization

/// Turns SIGINT and SIGTERM into an error that a command throws when it next looks; the second signal ends the process at
/// once.
final class Interruption: Sendable {
    /// Thrown by `check`; its exit status is 128 + the signal's number.
    struct Signalled: Error {
        var number: Int32
    }

    private let number = Atomic<Int32>(0)

    /// Listens from now on, for one use a process.
    ///
    /// - Parameters:
    ///   - react: is called on a queue at the first signal, with its number.
    init(react: @escaping @Sendable (Int32) -> Void = { _ in }) {
        SignalPipe.listen { [self] number in
            if self.number.exchange(number, ordering: .sequentiallyConsistent) != 0 { _exit(128 + number) }
            react(number)
        }
    }

    /// Throws `Signalled` once a signal came.
    func check() throws {
        let number = number.load(ordering: .sequentiallyConsistent)
        if number != 0 { throw Signalled(number: number) }
    }

    /// Runs `work` in a task that the signals cancel.
    ///
    /// Work that notices ends within one token; what has not ended after a second (a driver that compiles, a pass over a
    /// long prompt) is left.
    static func cancelling(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await work() }
        let interruption = Interruption { number in
            task.cancel()
            DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(1)) { _exit(128 + number) }
        }
        let result = await task.result
        try interruption.check()
        try result.get()
    }
}

/// Carries signals from their handler to a queue.
///
/// Dispatch's own signal sources lose a signal that comes while they start.
private enum SignalPipe {
    // Safety: written once, before the handler that reads it is installed.
    private nonisolated(unsafe) static var input: CInt = -1

    /// Calls `body` on a queue with the number of each SIGINT and SIGTERM from now on.
    static func listen(_ body: @escaping @Sendable (Int32) -> Void) {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        let output = ends[0]
        input = ends[1]
        let source = DispatchSource.makeReadSource(
            fileDescriptor: output, queue: DispatchQueue(label: "llamarada.signals"))
        source.setEventHandler {
            // Keeps the source for as long as the process.
            withExtendedLifetime(source) {
                var number: UInt8 = 0
                while read(output, &number, 1) == 1 { body(Int32(number)) }
            }
        }
        source.resume()
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                // Only what POSIX allows in a handler.
                let saved = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(SignalPipe.input, &byte, 1)
                errno = saved
            }
        }
    }
}
