import Dispatch
import Glibc
import Synchronization

/// Turns SIGINT and SIGTERM into the cancellation of a command's work.
///
/// Work that notices ends by itself, within one token; work that has not ended after a second (a driver that compiles, a
/// pass over a long prompt) is left, as it is at once by the second signal.
enum Interruption {
    /// Thrown in place of what the work ended with; its exit status is 128 + the signal's number.
    struct Signalled: Error {
        var number: Int32
    }

    private static let patience = DispatchTimeInterval.seconds(1)

    /// Runs `work` in a task that the signals cancel. For one use a process.
    static func cancelling(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await work() }
        let received = Received()
        let source = signals { number in
            if received.number.exchange(number, ordering: .sequentiallyConsistent) != 0 { _exit(128 + number) }
            task.cancel()
            DispatchQueue.global().asyncAfter(deadline: .now() + patience) { _exit(128 + number) }
        }
        let result = await task.result
        let number = received.number.load(ordering: .sequentiallyConsistent)
        source?.cancel()
        if number != 0 { throw Signalled(number: number) }
        try result.get()
    }

    /// The first signal's number, or 0.
    private final class Received: Sendable {
        let number = Atomic<Int32>(0)
    }

    /// Calls `body` on a queue with the number of each signal from now on; nil where there are no pipes left.
    ///
    /// Through a pipe, because Dispatch's own signal sources lose a signal that comes while they start.
    private static func signals(_ body: @escaping @Sendable (Int32) -> Void) -> (any DispatchSourceRead)? {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        let input = ends[0]
        signalPipe = ends[1]
        let source = DispatchSource.makeReadSource(
            fileDescriptor: input, queue: DispatchQueue(label: "llamarada.signals"))
        source.setEventHandler {
            var number: UInt8 = 0
            while read(input, &number, 1) == 1 { body(Int32(number)) }
        }
        source.resume()
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                // Only what POSIX allows in a handler.
                let saved = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(signalPipe, &byte, 1)
                errno = saved
            }
        }
        return source
    }
}

/// Where the signal handler writes.
// Safety: written once, before the handler that reads it is installed.
private nonisolated(unsafe) var signalPipe: CInt = -1
