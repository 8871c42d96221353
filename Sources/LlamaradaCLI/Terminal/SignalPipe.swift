import Dispatch
import Glibc
import Synchronization

/// Carries signals from their handler to a queue.
///
/// Dispatch's own signal sources lose a signal that comes while they start.
enum SignalPipe {
    /// The number of the first signal, set before its handler returns; 0 before.
    static let first = Atomic<Int32>(0)
    // Safety: written once, before the handler that reads it is installed.
    private nonisolated(unsafe) static var input: CInt = -1

    /// Calls `body` on a queue with the number of each signal from now on.
    static func listen(_ body: @escaping @Sendable (Int32) -> Void) {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        let output = ends[0]
        input = ends[1]
        // So that the handler does not come to be the one that initializes it.
        first.store(0, ordering: .sequentiallyConsistent)
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
        // nohup has SIGHUP ignored for what it starts, and means it.
        for number in isIgnored(SIGHUP) ? [SIGINT, SIGTERM] : [SIGINT, SIGTERM, SIGHUP] { install(number) }
    }

    private static func install(_ number: Int32) {
        signal(number) { number in
            // Only what POSIX allows in a handler.
            let saved = errno
            _ = SignalPipe.first.compareExchange(
                expected: 0, desired: number, ordering: .sequentiallyConsistent)
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(SignalPipe.input, &byte, 1)
            errno = saved
        }
        unblock(number)
    }

    /// Lets a signal through to this thread: a parent's threads may block it, which children inherit.
    static func unblock(_ number: Int32) {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN as sighandler_t?, to: Int.self)
    }
}
