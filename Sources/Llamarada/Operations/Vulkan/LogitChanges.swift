package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// Changes the logits of some of each row's tokens, in place: ``Reference/change(_:by:_:)``.
    ///
    /// - Parameters:
    ///   - logits: (rows, columns).
    ///   - changes: (rows, 1 + 3 · capacity): see ``LogitChange/write(_:to:)``.
    ///   - parameters: (rows).
    package mutating func changeLogits(
        _ logits: View<Float>, changes: View<UInt32>, parameters: View<SamplerRow>
    ) {
        let rows = parameters.count
        let (columns, words) = (logits.count / rows, changes.count / rows)
        precondition(
            logits.count == rows * columns && changes.count == rows * words && words % LogitChange.words == 1,
            "LogitChanges: (\(changes.count)) on (\(logits.count)), \(rows) rows")
        let capacity = words / LogitChange.words
        dispatch(
            LogitChanges(
                logits: .readWrite(logits), changes: .read(changes),
                parameters: .read(parameters.bound(to: UInt32.self))),
            push: .init(rows: UInt32(rows), columns: UInt32(columns), capacity: UInt32(capacity)),
            specialize: .init(lanes: UInt32(tuning.reductionLanes)), over: .workgroups(rows),
            cost: Cost(
                flops: 3 * rows * capacity,
                bytesRead: rows * (16 * capacity + 4 + MemoryLayout<SamplerRow>.stride),
                bytesWritten: 4 * rows * capacity),
            shape: "(\(rows), \(capacity))")
    }
}
