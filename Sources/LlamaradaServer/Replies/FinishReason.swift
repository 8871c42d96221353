import Llamarada
import LlamaradaTensors

extension GenerationSummary.StopReason {
    /// OpenAI's word for it.
    var openAI: String {
        switch self {
        case .endOfText, .stopString: "stop"
        case .tokenLimit, .contextFull: "length"
        }
    }
}

extension GenerationSummary {
    /// How long everything took, as llama.cpp's server tells it.
    var timings: JSONValue {
        let computed = promptTokens - reusedTokens
        func rate(_ count: Int, _ seconds: Double) -> JSONValue { .number(seconds > 0 ? Double(count) / seconds : 0) }
        // Where there were drafts, as llama.cpp has it.
        let drafts: [JSONValue.Member] =
            draftedTokens > 0
            ? [.init("draft_n", .integer(draftedTokens)), .init("draft_n_accepted", .integer(acceptedTokens))] : []
        return .object(
            [
                .init("cache_n", .integer(reusedTokens)), .init("prompt_n", .integer(computed)),
                .init("prompt_ms", .number(promptSeconds * 1000)),
                .init("prompt_per_second", rate(computed, promptSeconds)),
                .init("predicted_n", .integer(decodedTokens)), .init("predicted_ms", .number(decodeSeconds * 1000)),
                .init("predicted_per_second", rate(decodedTokens, decodeSeconds)),
                .init("queue_ms", .number(waitedSeconds * 1000)),
            ] + drafts)
    }
}
