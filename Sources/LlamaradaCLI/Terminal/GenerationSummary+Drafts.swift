import Llamarada

extension GenerationSummary {
    /// What of the closing line drafts take; empty where nothing was drafted.
    var draftsLine: String {
        draftedTokens > 0 ? ", accepted \(acceptedTokens) of \(draftedTokens) drafted tokens" : ""
    }
}
