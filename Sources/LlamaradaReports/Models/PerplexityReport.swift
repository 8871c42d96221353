package import LlamaradaLab

/// A perplexity as text or JSON.
package struct PerplexityReport {
    let model: String
    let estimates: [PerplexityEstimate]

    /// - Parameters:
    ///   - estimates: after every chunk; not empty.
    package init(model: String, estimates: [PerplexityEstimate]) {
        self.model = model
        self.estimates = estimates
    }

    /// The final estimate, in llama.cpp's words.
    package var text: String {
        guard let last = estimates.last else { return "" }
        return "Final estimate: PPL over \(last.chunkCount) chunks for n_ctx=\(last.contextLength) = "
            + "\(HumanUnits.fixed(last.perplexity, digits: 4)) +/- \(HumanUnits.fixed(last.uncertainty, digits: 5))"
    }

    /// The final estimate, and the running ones.
    package var json: JSON {
        guard let last = estimates.last else { return .null }
        return .object([
            ("model", .string(model)), ("n_ctx", .integer(last.contextLength)),
            ("n_chunk", .integer(last.chunkCount)), ("n_scored", .integer(last.tokenCount)),
            ("nll", .number(last.meanNegativeLogLikelihood)), ("ppl", .number(last.perplexity)),
            ("ppl_uncertainty", .number(last.uncertainty)),
            ("running_ppl", .array(estimates.map { .number($0.perplexity) })),
        ])
    }
}
