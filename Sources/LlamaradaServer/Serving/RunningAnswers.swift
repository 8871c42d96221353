import AsyncAlgorithms
package import Llamarada
package import LlamaradaTensors

/// What is made of the events of a request's answers: chunks while they come, or one document at the end.
package protocol AnswerCollector: Sendable {
    /// What a stream begins with.
    mutating func begin() -> [JSONValue]
    /// The chunks of an event of the answer with that number; what they say is kept for the whole.
    mutating func take(_ index: Int, _ event: GenerationEvent) -> [JSONValue]
    /// The chunk that says how many tokens there were.
    func chunk(_ usage: Usage) -> JSONValue
    /// Everything, as one document.
    func whole(_ usage: Usage) -> JSONValue
}

/// How many tokens a request took.
package struct Usage: Sendable {
    /// Of all prompts, each once.
    var prompt = 0
    /// Of all answers.
    var completion = 0
    /// Tokens of prompts whose keys and values were there already.
    var cached = 0
    /// Tokens that were drafted, and of these those that came true.
    var (drafted, accepted) = (0, 0)

    package init() {}

    var json: JSONValue {
        .object([
            .init("prompt_tokens", .integer(prompt)), .init("completion_tokens", .integer(completion)),
            .init("total_tokens", .integer(prompt + completion)),
            .init("prompt_tokens_details", .object([.init("cached_tokens", .integer(cached))])),
            .init(
                "completion_tokens_details",
                .object([
                    .init("accepted_prediction_tokens", .integer(accepted)),
                    .init("rejected_prediction_tokens", .integer(drafted - accepted)),
                ])),
        ])
    }
}

/// A request's answers on their way from the engine to the client.
struct RunningAnswers<Collector: AnswerCollector>: Sendable {
    let state: ServerState
    let feed: GenerationFeed
    var collector: Collector
    /// Tokens of all prompts.
    var usage = Usage()
    var includesUsage = false
    /// Answers to each prompt, which counts once in what is used.
    var choices = 1
    private var open: Int
    private var observations: [AnswerObservation]

    init(_ state: ServerState, _ feed: GenerationFeed, _ collector: Collector, answers: Int, promptTokens: Int) {
        self.state = state
        self.feed = feed
        self.collector = collector
        usage.prompt = promptTokens
        open = answers
        observations = (0..<answers).map { _ in AnswerObservation(state.metrics) }
        state.feeds.add(feed)
    }

    /// Takes what came, and gives the chunks that it makes.
    private mutating func take(_ item: GenerationFeed.Item) -> [JSONValue] {
        switch item {
        case .silence: return []
        case .ended:
            open -= 1
            return []
        case .event(let index, let event):
            observations[index].take(event)
            if case .token = event { usage.completion += 1 }
            if case .finished(let summary) = event {
                if index % choices == 0 { usage.cached += summary.reusedTokens }
                if summary.endToken != nil { usage.completion += 1 }
                usage.drafted += summary.draftedTokens
                usage.accepted += summary.acceptedTokens
            }
            return collector.take(index, event)
        }
    }

    /// The next item; an error of the device is noted.
    private func next(
        _ iterator: inout AsyncThrowingChannel<GenerationFeed.Item, any Error>.Iterator
    ) async throws -> GenerationFeed.Item {
        do {
            guard let item = try await iterator.next() else { throw CancellationError() }
            return item
        } catch {
            state.host.note(error)
            throw APIError(error)
        }
    }

    // MARK: At once

    /// Waits for all answers.
    func whole() async throws -> Reply {
        var answers = self
        _ = answers.collector.begin()
        var iterator = feed.makeIterator()
        while answers.open > 0 { _ = answers.take(try await next(&iterator)) }
        return Reply(answers.collector.whole(answers.usage))
    }

    // MARK: As they come

    /// Waits for the first event, whose error has a status of its own, and lets the others follow.
    func streamed() async throws -> Reply {
        var iterator = feed.makeIterator()
        return Reply(Events(answers: self, first: try await next(&iterator)))
    }

    private struct Events: EventSource {
        let answers: RunningAnswers
        let first: GenerationFeed.Item

        func write(_ send: (String) async throws -> Void) async throws {
            var answers = answers
            for chunk in answers.collector.begin() { try await send(ServerSentEvent.data(chunk)) }
            var iterator = answers.feed.makeIterator()
            var item = first
            do {
                while true {
                    if case .silence = item { try await send(ServerSentEvent.ping) }
                    let text = answers.take(item).map(ServerSentEvent.data).joined()
                    if !text.isEmpty { try await send(text) }
                    if answers.open == 0 { break }
                    item = try await answers.next(&iterator)
                }
            } catch let error as APIError {
                // In the midst of a stream, an error is an event.
                return try await send(ServerSentEvent.data(error.json))
            }
            if answers.includesUsage { try await send(ServerSentEvent.data(answers.collector.chunk(answers.usage))) }
            try await send(ServerSentEvent.done)
        }
    }
}
