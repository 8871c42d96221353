/// The events of a generation, as they are read: little is computed ahead of a reader who is slow, and nothing for one who
/// left.
///
/// A stream is read once. Its errors are `GenerationError` where the request does not fit the model, `DeviceError` and
/// `CheckpointError` where the device or the file fails. Cancelling the task that reads it, leaving its loop, or dropping
/// it, ends the generation within a step.
public struct GenerationStream: AsyncSequence, Sendable {
    private let handle: Handle

    init(_ buffer: EventBuffer) { handle = Handle(buffer: buffer) }

    /// A stream that only fails.
    init(failing error: any Error) {
        self.init(EventBuffer {})
        handle.buffer.finish(.failure(error))
    }

    /// The reader of a stream.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let stream: Handle
        /// Goes with the iterator: a loop that is left ends the generation, whoever still holds the stream.
        fileprivate let reader: Handle

        /// The next event; nil after the last one, and where the task was cancelled.
        public mutating func next() async throws -> GenerationEvent? {
            if Task.isCancelled { reader.buffer.cancel() }
            return try await reader.buffer.next()
        }
    }

    /// Reads the stream.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(stream: handle, reader: Handle(buffer: handle.buffer))
    }

    /// Lives for as long as somebody could read; when it goes, nobody does.
    fileprivate final class Handle: Sendable {
        let buffer: EventBuffer

        init(buffer: EventBuffer) { self.buffer = buffer }

        deinit { buffer.cancel() }
    }
}
