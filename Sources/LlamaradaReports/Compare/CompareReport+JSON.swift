import Llamarada
import LlamaradaLab
import LlamaradaText

extension CompareReport {
    /// Everything that the text has, of every tensor.
    package var json: JSON {
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
            ("wrong_fusions", .array(result.wrongFusions.map { .string($0.rawValue) })),
            ("first_cause", result.firstCause.map { .string($0.name) } ?? .null),
            ("first_beyond", result.firstBeyond.map { .string($0.name) } ?? .null),
            ("tensors", CompareColumns.table.json(result.tensors)),
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

    private func json(_ position: LogitsDifference.Position) -> JSON {
        .object([
            ("token", .integer(position.token)), ("kl", .number(position.divergence)),
            ("top1_examined", .integer(Int(position.actualTop))), ("top1_against", .integer(Int(position.expectedTop))),
            ("top5_shared", .integer(position.sharedOfTop5)),
        ])
    }
}
