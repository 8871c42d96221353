package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// best[r] = the index of the largest of logits[r]; the lowest of equals; `Reference.noToken` where one of them is NaN
    /// or infinite.
    ///
    /// - Parameters:
    ///   - logits: (rows, columns).
    ///   - best: (rows).
    package mutating func argmax(_ logits: View<Float>, into best: View<UInt32>) {
        let rows = best.count
        let columns = logits.count / rows
        precondition(logits.count == rows * columns, "Argmax: (\(logits.count)) into (\(rows))")
        dispatch(
            Argmax(logits: .read(logits), best: .write(best)),
            push: .init(rows: UInt32(rows), columns: UInt32(columns)),
            specialize: .init(lanes: UInt32(tuning.reductionLanes)), over: .workgroups(rows),
            cost: Cost(flops: logits.count, bytesRead: 4 * logits.count, bytesWritten: 4 * rows),
            shape: "(\(rows), \(columns))")
    }
}
