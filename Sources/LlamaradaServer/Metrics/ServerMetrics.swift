import CoreMetrics
import Llamarada

/// What the server counts and measures. Made once, with labels that are few and fixed.
struct ServerMetrics: Sendable {
    private let registry: PrometheusRegistry
    /// Seconds from a request to its first token.
    let firstToken: Recorder
    /// Seconds from a token to the next one of the same answer.
    let betweenTokens: Recorder
    /// Seconds that an answer waited for its turn.
    let queue: Recorder
    /// Seconds of a whole answer.
    let answer: Recorder
    let promptTokens: Counter
    let promptSeconds: FloatingPointCounter
    let answerTokens: Counter
    let answerSeconds: FloatingPointCounter

    private static let help = [
        "llamarada_time_to_first_token_seconds": "Seconds from a request to its first token.",
        "llamarada_time_between_tokens_seconds": "Seconds from a token to the next of the same answer.",
        "llamarada_queue_seconds": "Seconds that an answer waited for its turn.",
        "llamarada_answer_seconds": "Seconds from a request to the end of its answer.",
        "llamarada_answers_total": "Answers by the reason for which they ended.",
        "llamarada_requests_total": "Requests by endpoint and status.",
        "llamarada_connections": "Connections that are open.",
        "llamarada_cache_pages": "Pages of the cache by state.",
        "llamarada_cache_page_positions": "Positions of a page of the cache.",
        "llamarada_cache_reused_positions_total": "Positions of prompts that were taken over instead of computed.",
        "llamarada_cache_evictions_total": "Pages of the cache that were given up.",
        "llamarada_sequences": "Answers by state.",
        "llamarada_drafted_tokens_total": "Tokens that were drafted from the texts themselves, and computed.",
        "llamarada_accepted_tokens_total": "Drafted tokens that came true.",
        "llamarada_steps_total": "Steps of the engine.",
        "llamarada_step_seconds_total": "Seconds that the engine's steps took.",
        "llamacpp:prompt_tokens_total": "Number of prompt tokens processed.",
        "llamacpp:prompt_seconds_total": "Prompt process time.",
        "llamacpp:tokens_predicted_total": "Number of generation tokens processed.",
        "llamacpp:tokens_predicted_seconds_total": "Predict process time.",
        "llamacpp:prompt_tokens_seconds": "Average prompt throughput in tokens/s.",
        "llamacpp:predicted_tokens_seconds": "Average generation throughput in tokens/s.",
        "llamacpp:kv_cache_usage_ratio": "KV-cache usage. 1 means 100 percent usage.",
        "llamacpp:requests_processing": "Number of requests processing.",
        "llamacpp:requests_deferred": "Number of requests deferred.",
        "llamacpp:n_decode_total": "Total number of llama_decode() calls.",
        "llamacpp:n_busy_slots_per_decode": "Average number of busy slots per llama_decode() call.",
    ]

    init() {
        let registry = PrometheusRegistry(help: Self.help)
        self.registry = registry
        func recorder(_ name: String) -> Recorder { Recorder(label: name, aggregate: true, factory: registry) }
        firstToken = recorder("llamarada_time_to_first_token_seconds")
        betweenTokens = recorder("llamarada_time_between_tokens_seconds")
        queue = recorder("llamarada_queue_seconds")
        answer = recorder("llamarada_answer_seconds")
        promptTokens = Counter(label: "llamacpp:prompt_tokens_total", factory: registry)
        promptSeconds = FloatingPointCounter(label: "llamacpp:prompt_seconds_total", factory: registry)
        answerTokens = Counter(label: "llamacpp:tokens_predicted_total", factory: registry)
        answerSeconds = FloatingPointCounter(label: "llamacpp:tokens_predicted_seconds_total", factory: registry)
    }

    /// Counts an answer.
    func count(_ summary: GenerationSummary) {
        Counter(
            label: "llamarada_answers_total", dimensions: [("reason", summary.stopReason.openAI)], factory: registry
        ).increment()
        promptTokens.increment(by: summary.promptTokens - summary.reusedTokens)
        promptSeconds.increment(by: summary.promptSeconds)
        answerTokens.increment(by: summary.decodedTokens)
        answerSeconds.increment(by: summary.decodeSeconds)
        queue.record(summary.waitedSeconds)
    }

    /// Counts a request; `endpoint` is one of the server's own paths.
    func count(endpoint: String, status: Int) {
        Counter(
            label: "llamarada_requests_total", dimensions: [("endpoint", endpoint), ("status", "\(status)")],
            factory: registry
        ).increment()
    }

    /// The page, with how things stand now.
    func page(_ activity: EngineActivity?, connections: Int) -> String {
        gauge("llamarada_connections", Double(connections))
        if let activity { show(activity) }
        for (rate, count, seconds) in [
            ("prompt_tokens_seconds", "prompt_tokens_total", "prompt_seconds_total"),
            ("predicted_tokens_seconds", "tokens_predicted_total", "tokens_predicted_seconds_total"),
        ] {
            let seconds = registry.value("llamacpp:" + seconds)
            gauge("llamacpp:" + rate, seconds > 0 ? registry.value("llamacpp:" + count) / seconds : 0)
        }
        return registry.text
    }

    private func gauge(_ name: String, _ value: Double, _ dimensions: [(String, String)] = []) {
        Meter(label: name, dimensions: dimensions, factory: registry).set(value)
    }

    private func counter(_ name: String, _ value: Double) { registry.keep(name, value) }

    private func show(_ activity: EngineActivity) {
        let used = activity.usedPages
        for (state, pages) in [
            ("used", used), ("kept", activity.keptPages), ("free", activity.pages - used - activity.keptPages),
        ] {
            gauge("llamarada_cache_pages", Double(pages), [("state", state)])
        }
        gauge("llamarada_cache_page_positions", Double(activity.pageSize))
        for (state, count) in [
            ("running", activity.running.count), ("waiting", activity.waiting), ("parked", activity.parked),
        ] {
            gauge("llamarada_sequences", Double(count), [("state", state)])
        }
        counter("llamarada_cache_reused_positions_total", Double(activity.reusedPositions))
        counter("llamarada_cache_evictions_total", Double(activity.evictions))
        counter("llamarada_drafted_tokens_total", Double(activity.draftedRows))
        counter("llamarada_accepted_tokens_total", Double(activity.acceptedRows))
        counter("llamarada_steps_total", Double(activity.steps))
        counter("llamarada_step_seconds_total", activity.stepSeconds)
        counter("llamacpp:n_decode_total", Double(activity.steps))
        gauge("llamacpp:kv_cache_usage_ratio", Double(used) / Double(max(1, activity.pages)))
        gauge("llamacpp:requests_processing", Double(activity.running.count))
        gauge("llamacpp:requests_deferred", Double(activity.waiting + activity.parked))
        gauge("llamacpp:n_busy_slots_per_decode", Double(activity.decodedRows) / Double(max(1, activity.steps)))
    }
}
