import Llamarada
package import LlamaradaLab
import LlamaradaTensors

/// A comparison as text, JSON and a page.
package struct CompareReport {
    let report: ComparisonReport
    let build: BuildStamp
    var result: ComparisonFindings { report.result }

    package init(_ report: ComparisonReport, build: BuildStamp) {
        self.report = report
        self.build = build
    }

    /// The model's name, or its path where it has none.
    var modelName: String { report.configuration.name.isEmpty ? report.modelPath : report.configuration.name }

    /// Tables of tensors, and the verdict.
    ///
    /// - Parameters:
    ///   - verbose: every tensor; otherwise the worst layer of each operation.
    package func text(verbose: Bool) -> String {
        var lines = [heading]
        for phase in ComparedTensor.Phase.allCases {
            let tensors = result.tensors.filter { $0.phase == phase }
            if tensors.isEmpty { continue }
            lines += ["", title(phase), CompareColumns.shown.text(verbose ? tensors : worst(tensors))]
        }
        lines += [result.logits.positions.isEmpty ? "" : logitsText, ""]
        return lines.joined(separator: "\n") + verdict.joined(separator: "\n") + "\n"
    }

    private var heading: String {
        var cut = ""
        if report.textTokenCount > result.tokens.count { cut = " (the first of \(report.textTokenCount); see -n)" }
        let counts = "\(result.promptCount) as a prompt, \(result.decodeCount) one at a time"
        let facts = [
            ("model", "\(modelName), \(report.configuration.layerCount) layers"), ("examined", report.actualName),
            ("against", report.expectedName), ("build", build.versionAndCommit),
            ("tokens", "\(result.tokens.count)\(cut), \(counts)"),
        ]
        let text = Facts.text(facts + (result.kind == .files ? [] : [("class", result.precision.rawValue)]))
        return String(text.dropLast())
    }

    private func title(_ phase: ComparedTensor.Phase) -> String {
        phase == .prompt ? "Prompt (many tokens together)" : "Decoding (one token at a time)"
    }

    /// Of each operation, in their order, the layer with the largest share of its bound, or the largest NMSE.
    private func worst(_ tensors: [ComparedTensor]) -> [ComparedTensor] {
        func badness(_ tensor: ComparedTensor) -> (Double, Double) {
            (tensor.share ?? tensor.alone?.nmse ?? 0, tensor.endToEnd.nmse)
        }
        var order: [String] = []
        var worst: [String: ComparedTensor] = [:]
        for tensor in tensors {
            let operation = tensor.point.activation.rawValue
            if worst[operation] == nil { order.append(operation) }
            if let known = worst[operation], badness(known) >= badness(tensor) { continue }
            worst[operation] = tensor
        }
        return order.compactMap { worst[$0] }
    }

    private var logitsText: String {
        let logits = result.logits
        return "Logits: KL divergence mean \(HumanUnits.scientific(logits.meanDivergence)), "
            + "largest \(HumanUnits.scientific(logits.maxDivergence)) nats; same likeliest token at "
            + "\(logits.sameTopCount) of \(logits.positions.count) positions; "
            + "\(HumanUnits.percent(logits.meanTop5Share)) of the likeliest five shared"
    }
}
