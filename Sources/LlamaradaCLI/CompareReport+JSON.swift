import Llamarada
import LlamaradaLab

extension CompareReport {
    var json: JSON {
        let (result, logits) = (report.result, report.result.logits)
        return .object([
            ("verdict", .string("\(result.verdict)")), ("passes", .bool(result.passes)),
            ("message", .string(verdict.joined(separator: " "))),
            ("kind", .string("\(result.kind)")), ("class", .string(result.precision.rawValue)),
            ("model", .string(report.modelPath)), ("examined", .string(report.actualName)),
            ("against", .string(report.expectedName)), ("layers", .integer(report.configuration.layerCount)),
            ("cache_type_k", .string(report.keyCacheType.rawValue)),
            ("cache_type_v", .string(report.valueCacheType.rawValue)),
            ("tokens", .array(result.tokens.map { .integer(Int($0)) })),
            ("pieces", .array(report.pieces.map { .string(String(decoding: $0, as: UTF8.self)) })),
            ("prompt_tokens", .integer(result.promptCount)),
            ("end_to_end_bound", result.limit.isFinite ? .number(result.limit) : .null),
            ("repeats_unobserved", result.repeatsUnobserved.map { .bool($0) } ?? .null),
            ("first_cause", result.firstCause.map { .string($0.name) } ?? .null),
            ("first_beyond", result.firstBeyond.map { .string($0.name) } ?? .null),
            ("tensors", .array(result.tensors.map(json))),
            (
                "logits",
                .object([
                    ("mean_kl", .number(logits.meanDivergence)), ("max_kl", .number(logits.maxDivergence)),
                    ("same_top1", .integer(logits.sameTopCount)), ("mean_top5", .number(logits.meanTop5Share)),
                    ("positions", .array(logits.positions.map(json))),
                ])
            ),
        ])
    }

    private func json(_ tensor: ComparedTensor) -> JSON {
        let difference = tensor.endToEnd
        return .object([
            ("phase", .string(tensor.phase.rawValue)), ("layer", tensor.point.layer.map { .integer($0) } ?? .null),
            ("operation", .string(tensor.point.activation.rawValue)), ("kernel", .string(tensor.kernel)),
            ("weight", tensor.weight.map { .string($0.name) } ?? .null),
            ("weight_type", tensor.weight.map { .string($0.type) } ?? .null),
            ("columns", .integer(tensor.columns)), ("count", .integer(difference.count)),
            ("differing", .integer(difference.differingCount)), ("nmse", .number(difference.nmse)),
            ("cosine", .number(difference.cosine)), ("max_abs", .number(difference.maxAbsolute)),
            ("max_abs_at", json(difference.maxAbsoluteAt)), ("max_rel", .number(difference.maxRelative)),
            ("max_rel_at", json(difference.maxRelativeAt)),
            ("non_finite_examined", .integer(difference.nonFiniteActual)),
            ("non_finite_against", .integer(difference.nonFiniteExpected)),
            (
                "alone",
                tensor.alone.map { alone in
                    .object([
                        ("nmse", .number(alone.nmse)), ("element", .number(alone.element)), ("at", json(alone.at)),
                        ("non_finite", .integer(alone.nonFiniteMismatches)),
                        ("bound_nmse", tensor.bound.map { .number($0.nmse) } ?? .null),
                        ("bound_element", tensor.bound.map { .number($0.element) } ?? .null),
                        ("share", tensor.share.map { .number($0) } ?? .null), ("cause", .bool(tensor.isCause)),
                    ])
                } ?? .null
            ),
        ])
    }

    private func json(_ element: TensorDifference.Element) -> JSON {
        .object([
            ("token", .integer(element.token)), ("column", .integer(element.column)),
            ("examined", .number(element.actual)), ("against", .number(element.expected)),
        ])
    }

    private func json(_ position: LogitsDifference.Position) -> JSON {
        .object([
            ("token", .integer(position.token)), ("kl", .number(position.divergence)),
            ("top1_examined", .integer(Int(position.actualTop))), ("top1_against", .integer(Int(position.expectedTop))),
            ("top5_shared", .integer(position.sharedOfTop5)),
        ])
    }
}
