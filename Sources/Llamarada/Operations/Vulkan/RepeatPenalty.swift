package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// Makes each row's recent tokens less likely, in place: logits above 0 are divided by the row's penalty, others
    /// multiplied with it.
    ///
    /// - Parameters:
    ///   - logits: (rows, columns).
    ///   - recent: (rows, 1 + capacity): see ``RecentTokens``.
    ///   - parameters: (rows).
    package mutating func repeatPenalty(
        _ logits: View<Float>, recent: View<UInt32>, parameters: View<SamplerRow>
    ) {
        let rows = parameters.count
        let (columns, words) = (logits.count / rows, recent.count / rows)
        precondition(
            logits.count == rows * columns && recent.count == rows * words && words > 0,
            "RepeatPenalty: (\(recent.count)) on (\(logits.count)), \(rows) rows")
        let capacity = words - 1
        dispatch(
            RepeatPenalty(
                logits: .readWrite(logits), recent: .read(recent),
                parameters: .read(parameters.bound(to: UInt32.self))),
            push: .init(rows: UInt32(rows), columns: UInt32(columns), capacity: UInt32(capacity)),
            specialize: .init(lanes: UInt32(tuning.reductionLanes)), over: .workgroups(rows),
            cost: Cost(
                flops: rows * capacity, bytesRead: rows * (8 * capacity + 36), bytesWritten: 4 * rows * capacity),
            shape: "(\(rows), \(capacity))")
    }
}
