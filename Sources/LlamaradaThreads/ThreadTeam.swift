import Glibc
import Synchronization

/// Threads for one piece of work, which end with it.
///
/// Unlike those of `Workers`, which Dispatch makes: where one can't be made there are fewer, and none stays behind that
/// is missing elsewhere under a limit on threads.
package struct ThreadTeam: Sendable {
    /// The most threads that work at once, the caller's among them, at least 1.
    package let count: Int

    package static let one = ThreadTeam(1)
    /// One for every processor, as far as more make moving bytes any faster.
    package static let forLoading = ThreadTeam(min(8, Workers.processorCount))

    /// - Parameter count: at least 1.
    package init(_ count: Int) { self.count = max(1, count) }

    /// Calls `body` with every index in `0..<pieces` and the number of the thread, below `count`, and waits for all.
    ///
    /// Throws the error of the lowest-numbered piece that failed; the pieces not yet begun are then skipped.
    package func forEach(
        _ pieces: Int, _ body: @escaping @Sendable (_ piece: Int, _ thread: Int) throws -> Void
    ) throws {
        let work = Work(pieces, body)
        start(work)
        if let error = work.error { throw error }
    }

    /// `forEach` for a body that cannot fail.
    package func run(_ pieces: Int, _ body: @escaping @Sendable (_ piece: Int) -> Void) {
        start(Work(pieces) { piece, _ in body(piece) })
    }

    /// Shares the pieces out and waits for all of them.
    private func start(_ work: Work) {
        var threads: [pthread_t] = []
        while threads.count < min(count, work.pieces) - 1 {
            let member = Member(work, number: threads.count + 1)
            var thread = pthread_t()
            let context = Unmanaged.passRetained(member)
            guard pthread_create(&thread, nil, runMember, context.toOpaque()) == 0 else {
                context.release()
                break
            }
            threads.append(thread)
        }
        work.run(thread: 0)
        for thread in threads { pthread_join(thread, nil) }
    }
}

/// Pieces that threads take one after the other.
private final class Work: Sendable {
    let pieces: Int
    private let body: @Sendable (Int, Int) throws -> Void
    private let next = Atomic(0)
    private let failure = Mutex<(piece: Int, error: any Error)?>(nil)

    init(_ pieces: Int, _ body: @escaping @Sendable (Int, Int) throws -> Void) {
        self.pieces = pieces
        self.body = body
    }

    var error: (any Error)? { failure.withLock { $0?.error } }

    func run(thread: Int) {
        while true {
            let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard piece < pieces else { return }
            do { try body(piece, thread) } catch {
                next.store(pieces, ordering: .relaxed)
                failure.withLock { if piece < $0?.piece ?? pieces { $0 = (piece, error) } }
            }
        }
    }
}

/// What a thread is started with.
private final class Member: Sendable {
    let work: Work
    let number: Int

    init(_ work: Work, number: Int) {
        self.work = work
        self.number = number
    }
}

private func runMember(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let member = Unmanaged<Member>.fromOpaque(context).takeRetainedValue()
    member.work.run(thread: member.number)
    return nil
}
