import CoreMetrics
import Llamarada

/// Times one answer as its client sees it.
struct AnswerObservation: Sendable {
    private let metrics: ServerMetrics
    private let start = ContinuousClock.now
    private var last: ContinuousClock.Instant?

    init(_ metrics: ServerMetrics) { self.metrics = metrics }

    /// Takes note of an event that comes now.
    mutating func take(_ event: GenerationEvent) {
        let now = ContinuousClock.now
        switch event {
        case .token:
            if let last { metrics.betweenTokens.record((now - last) / .seconds(1)) }
            if last == nil { metrics.firstToken.record((now - start) / .seconds(1)) }
            last = now
        case .finished(let summary):
            metrics.count(summary)
            metrics.answer.record((now - start) / .seconds(1))
        case .prompt, .embedding, .text: break
        }
    }
}
