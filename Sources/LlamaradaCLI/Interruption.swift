import Dispatch
import Glibc
import Synchronization

/// Turns SIGINT and SIGTERM into the cancellation of a command's work.
///
/// Work that notices ends by itself, within one token; work that has not ended after a second (a driver that compiles, a
/// pass over a long prompt) is left, as it is at once by the second signal.
enum Interruption {
    /// Thrown in place of what `work` ended with; its exit status is 128 + the signal's number.
    struct Signalled: Error {
        var number: Int32
    }

    private static let patience = DispatchTimeInterval.seconds(1)

    /// Runs `work` in a task that the signals cancel.
    static func cancelling(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await work() }
        let received = Received()
        let queue = DispatchQueue(label: "llamarada.signals")
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if received.number.exchange(number, ordering: .sequentiallyConsistent) != 0 { _exit(128 + number) }
                task.cancel()
                queue.asyncAfter(deadline: .now() + patience) { _exit(128 + number) }
            }
            source.resume()
            return source
        }
        let result = await task.result
        let number = received.number.load(ordering: .sequentiallyConsistent)
        sources.forEach { $0.cancel() }
        if number != 0 { throw Signalled(number: number) }
        try result.get()
    }

    /// The first signal's number, or 0.
    private final class Received: Sendable {
        let number = Atomic<Int32>(0)
    }
}
