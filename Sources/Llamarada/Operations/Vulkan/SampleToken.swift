package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// chosen[r] = the token that `Reference.sampleToken` chooses of logits[r] by parameters[r]; `Reference.noToken` where
    /// one of the logits is NaN or infinite. A row whose mode is `SamplerRow.modeNone` keeps what it has.
    ///
    /// - Parameters:
    ///   - logits: (rows, columns).
    ///   - parameters: (rows), with a top-k of 1 to `SamplerRow.largestDeviceTopK`.
    ///   - candidates: (`LogitParts.candidateRoom`), what lies between two dispatches where rows are looked at in parts.
    ///   - chosen: (rows).
    package mutating func sampleToken(
        _ logits: View<Float>, parameters: View<SamplerRow>, candidates: View<UInt64>, into chosen: View<UInt32>
    ) {
        let rows = chosen.count
        let columns = logits.count / rows
        precondition(
            logits.count == rows * columns && parameters.count == rows,
            "SampleToken: (\(logits.count)) by (\(parameters.count)) into (\(rows))")
        let parts = LogitParts(rows: rows, columns: columns, tuning)
        let isParted = parts.count > 1
        if isParted { topK(logits, parameters: parameters, parts: parts, into: candidates) }
        let entries = isParted ? parts.count * SamplerRow.largestDeviceTopK : columns
        let unused = logits.bound(to: UInt32.self)
        dispatch(
            SampleToken(
                logits: .read(logits), parameters: .read(parameters.bound(to: UInt32.self)),
                candidates: .read(isParted ? candidates.bound(to: UInt32.self) : unused), chosen: .write(chosen)),
            push: .init(
                rows: UInt32(rows), columns: UInt32(columns), parts: UInt32(parts.count), width: UInt32(parts.width)),
            specialize: .init(
                lanes: UInt32(tuning.samplingLanes), largestK: UInt32(SamplerRow.largestDeviceTopK),
                candidates: isParted),
            over: .workgroups(rows),
            cost: Cost(
                flops: 4 * rows * entries,
                bytesRead: (isParted ? 8 : 4) * rows * entries + MemoryLayout<SamplerRow>.stride * rows,
                bytesWritten: 4 * rows),
            shape: isParted ? "(\(rows), \(entries) of \(columns))" : "(\(rows), \(columns))")
    }
}
