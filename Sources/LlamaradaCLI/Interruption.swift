import Dispatch
import Glibc
import Synchronization

/// Turns SIGINT and SIGTERM into an error that the command throws at its next token; the second signal ends the process
/// at once.
// Safety: `received` is atomic and `sources` is never touched after `init`.
final class Interruption: @unchecked Sendable {
    /// Thrown by `check`; its exit status is 128 + the signal's number.
    struct Signalled: Error {
        var number: Int32
    }

    private let received = Atomic<Int32>(0)
    // Kept so that the handlers live as long as this object.
    private let sources: [any DispatchSourceSignal]

    init() {
        let queue = DispatchQueue(label: "llamarada.signals")
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: queue)
        }
        for (number, source) in zip([SIGINT, SIGTERM], sources) {
            source.setEventHandler { [weak self] in
                let earlier = self?.received.exchange(number, ordering: .sequentiallyConsistent)
                if earlier != 0 { _exit(128 + number) }
            }
            source.resume()
        }
    }

    /// Throws `Signalled` once a signal came.
    func check() throws {
        let number = received.load(ordering: .sequentiallyConsistent)
        if number != 0 { throw Signalled(number: number) }
    }
}
