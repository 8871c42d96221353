package import LlamaradaLab

/// A comparison with a base model as text or JSON; labels are llama.cpp's, so that scripts can read both.
package struct DivergenceText {
    let model: String
    let report: DivergenceReport

    package init(model: String, report: DivergenceReport) {
        self.model = model
        self.report = report
    }

    private static let fractions: [(label: String, fraction: Double)] = [
        ("Maximum", 1), ("99.9%  ", 0.999), ("99.0%  ", 0.99), ("95.0%  ", 0.95), ("90.0%  ", 0.9), ("75.0%  ", 0.75),
        ("Median ", 0.5), ("25.0%  ", 0.25), ("10.0%  ", 0.1), (" 5.0%  ", 0.05), (" 1.0%  ", 0.01),
        (" 0.1%  ", 0.001), ("Minimum", 0),
    ]

    /// The heading of the rows that come while it runs.
    package static let header =
        "chunk             PPL               ln(PPL(Q)/PPL(base))          KL Divergence"
        + "              Δp RMS            Same top p"

    /// Everything so far, after a chunk.
    package static func row(_ chunk: Int, _ summary: DivergenceSummary) -> String {
        [
            padded("\(chunk)", 4), measured(summary.perplexity, 9, digits: 4),
            measured(summary.logRatio, 10, digits: 5), measured(summary.divergence, 10, digits: 5),
            hundredths(summary.rmsProbabilityDifference),
            hundredths(summary.sameTop),
        ].joined(separator: "    ")
    }

    /// Means and quantiles, a line each.
    package var text: String {
        let summary = report.summary
        var lines = ["====== Perplexity statistics ======"]
        for (label, value) in [
            ("Mean PPL(Q)                   : ", summary.perplexity),
            ("Mean PPL(base)                : ", summary.basePerplexity),
        ] { lines.append(label + Self.measured(value, 10, digits: 6)) }
        lines.append("Cor(ln(PPL(Q)), ln(PPL(base))): \(Self.number(100 * summary.correlation, 6, digits: 2))%")
        for (label, value) in [
            ("Mean ln(PPL(Q)/PPL(base))     : ", summary.logRatio), ("Mean PPL(Q)/PPL(base)         : ", summary.ratio),
            ("Mean PPL(Q)-PPL(base)         : ", summary.difference),
        ] { lines.append(label + Self.measured(value, 10, digits: 6)) }
        lines += ["", "====== KL divergence statistics ======"]
        lines.append("Mean    KLD: " + Self.measured(summary.divergence, 10, digits: 6))
        lines += Self.fractions.map {
            "\($0.label) KLD: " + Self.number(report.divergences($0.fraction), 10, digits: 6)
        }
        lines += ["", "====== Token probability statistics ======"]
        lines.append("Mean    Δp: " + Self.hundredths(summary.meanProbabilityDifference))
        lines += Self.fractions.map {
            "\($0.label) Δp: " + Self.number(100 * report.probabilityDifferences($0.fraction), 6, digits: 3) + "%"
        }
        lines.append("RMS Δp    : " + Self.hundredths(summary.rmsProbabilityDifference))
        lines.append("Same top p: " + Self.hundredths(summary.sameTop))
        return lines.joined(separator: "\n")
    }

    /// The same numbers, and those that the text rounds.
    package var json: JSON {
        let summary = report.summary
        func quantiles(_ quantiles: Quantiles) -> JSON {
            .object(Self.fractions.map { ("\($0.fraction)", .number(quantiles($0.fraction))) })
        }
        return .object([
            ("model", .string(model)), ("n_ctx", .integer(report.contextLength)),
            ("n_chunk", .integer(report.chunkCount)), ("n_scored", .integer(summary.tokenCount)),
            ("ppl", Self.json(summary.perplexity)), ("ppl_base", Self.json(summary.basePerplexity)),
            ("correlation", .number(summary.correlation)), ("ln_ppl_ratio", Self.json(summary.logRatio)),
            ("ppl_ratio", Self.json(summary.ratio)), ("ppl_difference", Self.json(summary.difference)),
            ("kld", Self.json(summary.divergence)), ("kld_quantiles", quantiles(report.divergences)),
            ("delta_p", Self.json(summary.meanProbabilityDifference)),
            ("delta_p_quantiles", quantiles(report.probabilityDifferences)),
            ("delta_p_rms", Self.json(summary.rmsProbabilityDifference)), ("same_top_p", Self.json(summary.sameTop)),
        ])
    }

    private static func json(_ value: MeanEstimate) -> JSON {
        .object([("value", .number(value.value)), ("uncertainty", .number(value.uncertainty))])
    }

    private static func measured(_ value: MeanEstimate, _ width: Int, digits: Int) -> String {
        number(value.value, width, digits: digits) + " ± " + number(value.uncertainty, width, digits: digits)
    }

    private static func hundredths(_ value: MeanEstimate) -> String {
        number(100 * value.value, 6, digits: 3) + " ± " + number(100 * value.uncertainty, 6, digits: 3) + " %"
    }

    private static func number(_ value: Double, _ width: Int, digits: Int) -> String {
        padded(HumanUnits.fixed(value, digits: digits), width)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
