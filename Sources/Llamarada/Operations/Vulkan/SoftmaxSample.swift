package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// drawn = a draw from softmax(logits / temperature) by the inverse of its cumulative distribution at a uniform
    /// number; `Reference.noToken` where one of the logits is NaN or infinite.
    ///
    /// - Parameters:
    ///   - logits: (columns).
    ///   - draw: the uniform number in [0, 1) and 1 / temperature, so that neither is part of recorded commands.
    ///   - drawn: one index.
    package mutating func softmaxSample(_ logits: View<Float>, draw: View<Float>, into drawn: View<UInt32>) {
        precondition(draw.count == 2 && drawn.count == 1, "SoftmaxSample: (\(draw.count)) into (\(drawn.count))")
        dispatch(
            SoftmaxSample(logits: .read(logits), draw: .read(draw), drawn: .write(drawn)),
            push: .init(columns: UInt32(logits.count)),
            specialize: .init(lanes: UInt32(tuning.reductionLanes)), over: .workgroups(1),
            cost: Cost(flops: 5 * logits.count, bytesRead: 8 * logits.count, bytesWritten: 4),
            shape: "(\(logits.count))")
    }
}
