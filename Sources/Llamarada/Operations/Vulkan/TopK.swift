package import LlamaradaDevice
import LlamaradaShaders

/// The parts of rows of logits that workgroups look for top-k in side by side.
package struct LogitParts: Equatable {
    /// Parts of a row; 1 where rows are looked at whole.
    package let count: Int
    /// Columns of each part but the last, which may have fewer.
    package let width: Int

    /// As many as the device wants, rows of a batch being parts already; none so small that its candidates are as many as
    /// its columns.
    package init(rows: Int, columns: Int, _ tuning: KernelTuning) {
        let least = max(4 * SamplerRow.largestDeviceTopK, 2 * tuning.samplingLanes)
        self.init(columns: columns, most: min(tuning.rowParts / rows, columns / least))
    }

    /// - Parameter most: so many parts, or fewer where some would be empty.
    package init(columns: Int, most: Int) {
        width = Grid.divideRoundingUp(columns, max(1, most))
        count = Grid.divideRoundingUp(columns, width)
    }

    /// Candidates of all parts of all rows, at most.
    package static let candidateRoom = KernelTuning.mostParts * SamplerRow.largestDeviceTopK
}

extension Pass {
    /// candidates[r, p] = the first min(k, columns of the part) of part p of logits[r], largest first: in the low word
    /// of each a logit's order, as `Reference.order(of:)` has it, in the high word its column. Of a part with NaN or
    /// infinities the orders are 0.
    ///
    /// - Parameters:
    ///   - logits: (rows, columns).
    ///   - parameters: (rows), with a top-k of 1 to `SamplerRow.largestDeviceTopK`; of a row whose mode is
    ///     `SamplerRow.modeNone` nothing is written.
    ///   - parts: of each row.
    ///   - candidates: (rows, parts · `SamplerRow.largestDeviceTopK`); a row's without gaps between its parts'.
    package mutating func topK(
        _ logits: View<Float>, parameters: View<SamplerRow>, parts: LogitParts, into candidates: View<UInt64>
    ) {
        let rows = parameters.count
        let columns = logits.count / rows
        precondition(
            logits.count == rows * columns && candidates.count >= rows * parts.count * SamplerRow.largestDeviceTopK,
            "TopK: (\(logits.count)) by (\(rows)) in \(parts.count) into (\(candidates.count))")
        dispatch(
            TopK(
                logits: .read(logits), parameters: .read(parameters.bound(to: UInt32.self)),
                candidates: .write(candidates.bound(to: UInt32.self))),
            push: .init(
                rows: UInt32(rows), columns: UInt32(columns), parts: UInt32(parts.count), width: UInt32(parts.width)),
            specialize: .init(
                lanes: UInt32(tuning.samplingLanes), largestK: UInt32(SamplerRow.largestDeviceTopK)),
            over: .workgroups(rows * parts.count),
            cost: Cost(
                flops: 4 * logits.count, bytesRead: 4 * logits.count + MemoryLayout<SamplerRow>.stride * rows,
                bytesWritten: 8 * rows * parts.count * SamplerRow.largestDeviceTopK),
            shape: "(\(rows), \(columns)) in \(parts.count)")
    }
}
