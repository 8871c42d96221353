import Llamarada
import LlamaradaChat
import LlamaradaReports

/// The line behind an answer.
enum ChatReport {
    static func line(_ outcome: Conversation.Outcome) -> String {
        guard let summary = outcome.summary else {
            return outcome.hasAnswer ? "(stopped)" : "(stopped before the answer began; the message is forgotten)"
        }
        let computed = summary.promptTokens - summary.reusedTokens
        return "prompt \(summary.promptTokens) tokens: \(summary.reusedTokens) reused, \(computed) computed "
            + "\(rate(computed, summary.promptSeconds)), decode \(summary.decodedTokens) tokens "
            + rate(summary.decodedTokens, summary.decodeSeconds) + summary.draftsLine + reason(summary.stopReason)
    }

    private static func rate(_ count: Int, _ seconds: Double) -> String {
        HumanUnits.fixed(seconds > 0 ? Double(count) / seconds : 0, digits: 2) + " tokens/s"
    }

    private static func reason(_ reason: GenerationSummary.StopReason) -> String {
        switch reason {
        case .endOfText, .stopString: ""
        case .tokenLimit: " (stopped after -n tokens)"
        case .contextFull: " (stopped: the context is full; see -c)"
        }
    }
}
