import AsyncAlgorithms
import Llamarada
import Synchronization

/// The events of all answers to one request, in the order in which they come, for as long as somebody wants them.
///
/// When the feed is dropped, or the client leaves, or the time is over, every answer ends within a step. What is not read
/// is not computed far ahead: each event waits here until it is taken.
final class GenerationFeed: Sendable {
    /// What comes next.
    enum Item: Sendable {
        /// Of the answer with that number.
        case event(Int, GenerationEvent)
        /// An answer is whole.
        case ended(Int)
        /// Nothing for a while.
        case silence
    }

    private let channel: AsyncThrowingChannel<Item, any Error>
    private let tasks = TaskList()
    private let watch: Client.Watch
    private let ticket: Admission.Ticket

    /// Reads streams.
    ///
    /// - Parameters:
    ///   - streams: by answer.
    ///   - seconds: how long all of it may take.
    ///   - silence: seconds after which a pause is told.
    init(
        _ streams: [GenerationStream], for client: Client, _ ticket: Admission.Ticket, seconds: Double, silence: Double
    ) {
        let channel = AsyncThrowingChannel<Item, any Error>()
        self.channel = channel
        self.ticket = ticket
        let tasks = tasks
        // A channel that failed takes whatever is sent, so that nobody must go on sending. It fails first: a task that is
        // cancelled sees its answer end, which must not reach the reader as a whole answer.
        let fail: @Sendable (any Error) -> Void = { error in
            channel.fail(error)
            tasks.cancel()
        }
        watch = client.onLeaving { fail(CancellationError()) }
        for (index, stream) in streams.enumerated() {
            tasks.add {
                do {
                    for try await event in stream { await channel.send(.event(index, event)) }
                    await channel.send(.ended(index))
                } catch {
                    fail(error)
                }
            }
        }
        tasks.add {
            while (try? await Task.sleep(for: .seconds(silence))) != nil { await channel.send(.silence) }
        }
        tasks.add {
            guard (try? await Task.sleep(for: .seconds(seconds))) != nil else { return }
            fail(APIError.failed("The request took too long.", status: 504, code: "timeout"))
        }
    }

    deinit { tasks.cancel() }

    /// Ends every answer with an error that the reader is told of.
    func fail(_ error: any Error) {
        channel.fail(error)
        tasks.cancel()
    }

    /// Reads; of one task alone.
    func makeIterator() -> AsyncThrowingChannel<Item, any Error>.Iterator { channel.makeAsyncIterator() }
}

/// Tasks that end together.
private final class TaskList: Sendable {
    private struct State {
        var tasks: [Task<Void, Never>] = []
        var isCancelled = false
    }

    private let state = Mutex(State())

    func add(_ body: @escaping @Sendable () async -> Void) {
        let task = Task(operation: body)
        let isCancelled = state.withLock { state in
            if !state.isCancelled { state.tasks.append(task) }
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    func cancel() {
        let tasks = state.withLock { state in
            state.isCancelled = true
            defer { state.tasks = [] }
            return state.tasks
        }
        for task in tasks { task.cancel() }
    }
}
