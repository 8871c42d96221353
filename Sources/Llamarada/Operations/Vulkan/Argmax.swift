package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// best[r] = the index of the largest of logits[r]; the lowest of equals; `Reference.noToken` where one of them is NaN
    /// or infinite.
    ///
    /// - Parameters:
    ///   - logits: (rows, columns).
    ///   - parts: (rows · `KernelTuning.mostParts`), what lies between two dispatches where a row is looked at in parts.
    ///   - best: (rows).
    package mutating func argmax(_ logits: View<Float>, parts: View<UInt32>, into best: View<UInt32>) {
        let rows = best.count
        let columns = logits.count / rows
        let lanes = tuning.reductionLanes
        // No part smaller than a workgroup's lanes, and none empty.
        let width = Grid.divideRoundingUp(columns, max(1, min(tuning.rowParts, columns / lanes)))
        let count = Grid.divideRoundingUp(columns, width)
        precondition(
            logits.count == rows * columns && (count == 1 || parts.count >= rows * count),
            "Argmax: (\(logits.count)) by (\(parts.count)) into (\(rows))")
        let found = count > 1 ? parts[0..<rows * count] : best
        dispatch(
            Argmax(logits: .read(logits), found: .read(logits.bound(to: UInt32.self)), best: .write(found)),
            push: .init(
                rows: UInt32(rows), columns: UInt32(columns), parts: UInt32(count),
                width: UInt32(width), candidates: 0),
            specialize: .init(lanes: UInt32(lanes)), over: .workgroups(rows * count),
            cost: Cost(flops: logits.count, bytesRead: 4 * logits.count, bytesWritten: 4 * found.count),
            shape: "(\(rows), \(columns))")
        guard count > 1 else { return }
        dispatch(
            Argmax(logits: .read(logits), found: .read(found), best: .write(best)),
            push: .init(
                rows: UInt32(rows), columns: UInt32(columns), parts: 1, width: UInt32(count), candidates: UInt32(count)),
            specialize: .init(lanes: UInt32(device.subgroupSize), candidates: true), over: .workgroups(rows),
            cost: Cost(flops: found.count, bytesRead: 8 * found.count, bytesWritten: 4 * rows),
            shape: "(\(rows), \(count) of \(columns))")
    }
}
