import Dispatch
import Glibc
import Synchronization

/// Runs independent pieces of work on a bounded number of threads.
///
/// The pieces never depend on the number of threads, and each writes its own part of the output, so that results
/// have the same bits whatever the count.
package struct Workers: Sendable {
    /// The most threads that work at once, at least 1.
    package let count: Int

    package static let one = Workers(1)

    /// Every processor of the machine.
    package static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Takes fewer threads where the system does not give so many: waiting for one could last for ever.
    package init(_ count: Int) {
        // Dispatch never runs more at once than there are processors.
        let wanted = min(count, Self.processorCount) - 1
        let available = wanted > 0 ? SystemLimits.availableThreads(wanted) : 0
        self.count = max(1, available == wanted ? count : available + 1)
    }

    /// Calls `body` with every index in `0..<pieces`, in no particular order, and waits for all of them.
    ///
    /// Throws the error of the lowest-numbered piece that failed; the pieces not yet begun are then skipped.
    package func forEach(_ pieces: Int, _ body: @Sendable (Int) throws -> Void) throws {
        let next = Atomic(0)
        let failure = Mutex<(piece: Int, error: any Error)?>(nil)
        @Sendable func work(_ thread: Int) {
            while true {
                let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard piece < pieces else { return }
                do { try body(piece) } catch {
                    next.store(pieces, ordering: .relaxed)
                    failure.withLock { if piece < $0?.piece ?? pieces { $0 = (piece, error) } }
                }
            }
        }
        let threads = min(count, pieces)
        if threads > 1 { DispatchQueue.concurrentPerform(iterations: threads, execute: work) } else { work(0) }
        if let failure = failure.withLock({ $0 }) { throw failure.error }
    }

    /// `forEach` for a body that cannot fail.
    package func forEach(_ pieces: Int, _ body: @Sendable (Int) -> Void) {
        let failing: @Sendable (Int) throws -> Void = { body($0) }
        // Nothing throws here, so neither does forEach.
        do { try forEach(pieces, failing) } catch { fatalError("Workers: \(error)") }
    }
}
