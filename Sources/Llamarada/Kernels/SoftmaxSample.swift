package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// drawn = a draw from softmax(logits / temperature) by the inverse of its cumulative distribution at `uniform`.
    ///
    /// - Parameters:
    ///   - logits: (columns).
    ///   - temperature: above 0.
    ///   - uniform: one number in [0, 1).
    ///   - drawn: one index.
    package mutating func softmaxSample(
        _ logits: View<Float>, temperature: Float, uniform: View<Float>, into drawn: View<UInt32>
    ) {
        precondition(
            temperature > 0 && uniform.count == 1 && drawn.count == 1, "SoftmaxSample: temperature \(temperature)")
        dispatch(
            SoftmaxSample(logits: .read(logits), uniform_: .read(uniform), drawn: .write(drawn)),
            push: .init(columns: UInt32(logits.count), inverseTemperature: 1 / temperature),
            specialize: .init(lanes: UInt32(tuning.reductionLanes)), over: .workgroups(1),
            cost: Cost(flops: 5 * logits.count, bytesRead: 8 * logits.count, bytesWritten: 4),
            shape: "(\(logits.count))")
    }
}
