import Llamarada
import LlamaradaErrors
import LlamaradaTensors

extension ComparisonRequest {
    /// What a dump's manifest says of the side that computed it.
    func about(_ configuration: ModelConfiguration, _ side: String) -> [(key: String, value: String)] {
        let name = model.utf8.lastIndex(of: UInt8(ascii: "/")).map { model[model.utf8.index(after: $0)...] }
        return [
            ("model", name.map { String($0) } ?? model), ("architecture", configuration.architecture.name),
            ("side", side), ("cache_type_k", keyCacheType.rawValue), ("cache_type_v", valueCacheType.rawValue),
        ]
    }

    /// Makes sure that the other side can compute as many tokens together as the trace did.
    func check(_ trace: Trace, _ chunk: Int, _ transformer: any TappedTransformer) throws {
        guard chunk > transformer.tappedChunk else { return }
        throw GenerationError(
            .otherModel,
            "\(trace.path) has a pass of \(chunk) tokens, and at most \(transformer.tappedChunk) can be shown together",
            remedy: .other("Write a trace of shorter passes"))
    }

    /// Makes sure that something was compared, and what a tolerance is of.
    func check(_ trace: Trace, _ findings: ComparisonFindings) throws(CheckpointError) {
        func lack(_ problem: String) -> CheckpointError {
            CheckpointError(
                .invalid, file: trace.path, problem: problem, remedy: .other("Nothing compared is no agreement"))
        }
        if findings.tensors.isEmpty { throw lack("expected a tensor that the other side shows too, found none") }
        if tolerance.meanDivergence != nil && findings.logits.positions.isEmpty {
            throw lack("expected logits for the KL divergence, found none")
        }
    }
}
