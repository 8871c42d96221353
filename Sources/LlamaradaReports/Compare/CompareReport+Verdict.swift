import Llamarada
import LlamaradaLab
import LlamaradaTensors

extension CompareReport {
    /// The verdict in one word and its reasons, a line each.
    var verdict: [String] {
        let class_ = "class \(result.precision.rawValue)"
        switch result.verdict {
        case .identical: return ["IDENTICAL: every value of every tensor is the same."]
        case .agrees where result.kind == .files: return ["WITHIN TOLERANCE\(toleranceText)."] + origins
        case .agrees where result.kind == .trace: return traceText(class_) + unobserved
        case .agrees:
            let alone = result.tensors.contains { $0.alone != nil } ? "every operation alone and " : ""
            return ["AGREES (\(class_)): \(alone)all of them together keep to the bounds."] + unobserved
        case .cause: return causeText(class_)
        case .notFinite: return notFiniteText
        case .drift where result.kind == .trace: return driftText(class_).prefix(1) + contributions
        case .drift: return driftText(class_)
        case .unrepeatable where !result.wrongFusions.isEmpty:
            return [
                "WRONG WHERE FUSED (\(class_)): every plain operation is right, yet fused kernels give other bits than those",
                "they stand for: \(result.wrongFusions.map(\.rawValue).joined(separator: ", ")). 'llamarada doctor' names the kernel.",
            ]
        case .unrepeatable:
            return [
                "UNREPEATABLE (\(class_)): every operation is right while it is watched, yet the same tokens give other",
                "logits when the work runs without waits in between: a barrier is missing or a driver ignores one. Run",
                "again with LLAMARADA_VALIDATION=1.",
            ]
        case .beyondTolerance where result.kind == .trace:
            return ["BEYOND TOLERANCE\(toleranceText)."] + beyondText + contributions
        case .beyondTolerance: return ["BEYOND TOLERANCE\(toleranceText)."] + origins
        }
    }

    private func traceText(_ class_: String) -> [String] {
        let agreement = result.tolerance.nmse == nil ? "AGREES (\(class_))" : "WITHIN TOLERANCE\(toleranceText)"
        let limit = HumanUnits.scientific(result.limit)
        return ["\(agreement): \(result.tensors.count) tensors of the trace keep to an NMSE of \(limit)."]
    }

    /// The first tensor of a trace that is beyond a tolerance.
    private var beyondText: [String] {
        result.firstBeyond.map { ["The first tensor beyond it is \($0.name)."] } ?? []
    }

    private var unobserved: [String] {
        result.repeatsUnobserved == true ? ["Run again unobserved, it gave the same bits."] : []
    }

    private func causeText(_ class_: String) -> [String] {
        guard let cause = result.firstCause, let alone = cause.alone, let bound = cause.bound else { return [] }
        var lines = [
            "DIVERGES (\(class_)): \(cause.name).",
            "Cause: on the other side's own input, this operation alone has an NMSE of \(HumanUnits.scientific(alone.nmse))"
                + " (at most \(HumanUnits.scientific(bound.nmse))) and an error of "
                + "\(HumanUnits.scientific(alone.element)) of the terms' magnitude (at most "
                + "\(HumanUnits.scientific(bound.element))),",
            "worst at token \(alone.at.token), column \(alone.at.column): \(alone.at.actual) instead of "
                + "\(alone.at.expected).",
        ]
        if alone.nonFiniteMismatches > 0 { lines.append("\(alone.nonFiniteMismatches) values are not finite.") }
        if !cause.inside.isEmpty {
            let parts = cause.inside.map { "\($0.kernel) is \($0.isRight ? "right" : "wrong")" }
            lines.append(
                "\(cause.kernel) stands for several operations; alone, \(parts.joined(separator: ", ")). --no-fuse uses "
                    + "these instead.")
        }
        let kernels = Set(result.tensors.filter(\.isCause).map(\.kernel)).sorted()
        let count = result.tensors.count(where: \.isCause)
        if count > 1 {
            lines.append("\(count) operations are wrong by themselves: \(kernels.joined(separator: ", ")).")
        }
        if let beyond = result.firstBeyond, beyond.point != cause.point || beyond.phase != cause.phase {
            lines.append("The first tensor beyond the end-to-end bound is \(beyond.name)\(kindOf(beyond)).")
        }
        let suspect = result.kind == .devices ? "Compare each device with the CPU to see which one is wrong." : ""
        return lines
            + (suspect.isEmpty ? ["Please report this with 'llamarada doctor -o \(cause.kernel)'."] : [suspect])
    }

    private var notFiniteText: [String] {
        guard let tensor = result.firstNonFinite, let place = tensor.endToEnd.nonFiniteAt else { return [] }
        let difference = tensor.endToEnd
        let sides =
            difference.nonFiniteExpected == 0
            ? "on the examined side" : difference.nonFiniteActual == 0 ? "on the other side" : "on both sides"
        let count = max(difference.nonFiniteActual, difference.nonFiniteExpected)
        let values = "\(count) of \(difference.count) values are NaN or infinite"
        return [
            "NOT FINITE: \(tensor.name).",
            "\(values) \(sides), first at token \(place.token), column \(place.column): \(place.actual) beside "
                + "\(place.expected). What follows from them means nothing.",
            nonFiniteOrigin,
        ]
    }

    private var nonFiniteOrigin: String {
        guard let (path, weight) = report.nonFiniteWeight else {
            return "Every weight of the file is finite. Run 'llamarada doctor' to check the device's kernels."
        }
        return "The file is damaged: \(path.escapingControls): tensor \(weight.tensor.quoted().escapingControls) holds "
            + "\(weight.value) at element \(weight.element)."
    }

    private func kindOf(_ tensor: ComparedTensor) -> String {
        tensor.isCause ? ", a cause itself" : ": propagation, it is right on the right input"
    }

    private func driftText(_ class_: String) -> [String] {
        guard let beyond = result.firstBeyond else { return [] }
        return [
            "DRIFTS (\(class_)): \(beyond.name) has an NMSE of \(HumanUnits.scientific(beyond.endToEnd.nmse)) end to end"
                + " (at most \(HumanUnits.scientific(result.limit))).",
            "Propagation: no operation is beyond its bound by itself. What lies between them may be wrong (a stale",
            "buffer, a cache row), or this model amplifies rounding.",
        ]
    }

    private var toleranceText: String {
        var limits: [String] = []
        if let limit = result.tolerance.meanDivergence {
            limits.append("mean KL \(HumanUnits.scientific(result.logits.meanDivergence)) of \(limit) nats")
        }
        if let limit = result.tolerance.nmse {
            let largest = result.tensors.map(\.endToEnd.nmse).max() ?? 0
            limits.append("largest NMSE \(HumanUnits.scientific(largest)) of \(limit)")
        }
        return limits.isEmpty ? " (none was given)" : " (\(limits.joined(separator: ", ")))"
    }

    /// Where two files part.
    private var origins: [String] {
        (result.firstDifferent.map { ["The first tensor that differs is \($0.name)."] } ?? []) + contributions
    }

    private var contributions: [String] {
        var lines: [String] = []
        let largest = result.largestContributions(5)
        if !largest.isEmpty { lines.append("The operations that add most by themselves:") }
        for tensor in largest {
            lines.append("  \(tensor.name): NMSE \(HumanUnits.scientific(tensor.alone?.nmse ?? 0))")
        }
        return lines
    }
}
