import Synchronization

/// How many answers are under way and how many wait, and who is turned away.
final class Admission: Sendable {
    /// Most answers under way or waiting.
    private let limit: Int
    private let taken = Mutex(0)

    init(limit: Int) { self.limit = limit }

    var count: Int { taken.withLock { $0 } }

    /// Takes room for some answers, until the result is dropped.
    ///
    /// - Throws: `APIError` with status 429 where there is none.
    func enter(_ count: Int) throws(APIError) -> Ticket {
        guard count <= limit else {
            throw .invalid("\(count) answers are more than this server ever has under way, \(limit).", "n")
        }
        let isFull = taken.withLock { taken in
            guard taken + count <= limit else { return true }
            taken += count
            return false
        }
        guard !isFull else {
            throw APIError(
                status: 429, message: "Too many requests wait already: \(limit) answers at most. Try again soon.",
                type: "rate_limit_error", code: "queue_full", retryAfter: 1)
        }
        return Ticket { [self] in taken.withLock { $0 -= count } }
    }

    /// Room that is taken.
    final class Ticket: Sendable {
        private let leave: @Sendable () -> Void

        init(_ leave: @escaping @Sendable () -> Void) { self.leave = leave }

        deinit { leave() }
    }
}
