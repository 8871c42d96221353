import Synchronization

/// What lies between an engine that makes events and the reader of a stream: it holds few, and says when it is full, so
/// that nothing is computed far ahead of a slow reader.
final class EventBuffer: Sendable {
    /// Events that may lie unread before the engine pauses a sequence: enough that a reader who is a step late misses
    /// none.
    private static let limit = 8

    private struct State {
        var events: [GenerationEvent] = []
        /// The next one to be read.
        var next = 0
        var end: Result<Void, any Error>?
        var isCancelled = false
        var tokensRead = 0
        /// One, unless a stream is read by several tasks, who then share its events.
        var readers: [CheckedContinuation<Void, Never>] = []

        var unread: Int { events.count - next }
    }

    private let state = Mutex(State())
    /// Called when an engine that paused may go on, and when the reader left.
    private let wake: @Sendable () -> Void

    init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    // MARK: The engine's side

    /// Whether the reader is far behind.
    var isFull: Bool { state.withLock { $0.unread >= Self.limit } }

    /// Whether nobody reads any more.
    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// Tokens that were read.
    var tokensRead: Int { state.withLock { $0.tokensRead } }

    func append(_ event: GenerationEvent) {
        resume { $0.events.append(event) }
    }

    /// Ends the stream, with an error or without; what was appended is still read.
    func finish(_ end: Result<Void, any Error>) {
        resume { state in if state.end == nil { state.end = end } }
    }

    private func resume(_ change: (inout State) -> Void) {
        let readers = state.withLock { state in
            change(&state)
            defer { state.readers = [] }
            return state.readers
        }
        for reader in readers { reader.resume() }
    }

    // MARK: The reader's side

    /// The next event; nil after the last one, and after the reader's task was cancelled.
    func next() async throws -> GenerationEvent? {
        while true {
            let (found, wasFull) = state.withLock { state -> (Result<GenerationEvent?, any Error>?, Bool) in
                if state.isCancelled { return (.success(nil), false) }
                guard state.unread > 0 else { return (state.end.map { $0.map { nil } }, false) }
                let wasFull = state.unread == Self.limit
                state.next += 1
                let event = state.events[state.next - 1]
                if case .token = event { state.tokensRead += 1 }
                if state.next >= Self.limit || state.next == state.events.count {
                    state.events.removeFirst(state.next)
                    state.next = 0
                }
                return (.success(event), wasFull)
            }
            if wasFull { wake() }
            if let found { return try found.get() }
            await wait()
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard state.unread == 0, state.end == nil, !state.isCancelled else { return true }
                    state.readers.append(continuation)
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            cancel()
        }
    }

    /// Says that nobody reads any more.
    func cancel() {
        let wasCancelled = state.withLock { state in
            defer { state.isCancelled = true }
            return state.isCancelled
        }
        resume { $0.isCancelled = true }
        if !wasCancelled { wake() }
    }
}
