package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// chosen[r] = the token that `Reference.sampleToken` chooses of logits[r] by parameters[r]; `Reference.noToken` where
    /// one of the logits is NaN or infinite. A row whose mode is `SamplerRow.modeNone` keeps what it has.
    ///
    /// - Parameters:
    ///   - logits: (rows, columns).
    ///   - parameters: (rows), with a top-k of 1 to `SamplerRow.largestDeviceTopK`.
    ///   - chosen: (rows).
    package mutating func sampleToken(
        _ logits: View<Float>, parameters: View<SamplerRow>, into chosen: View<UInt32>
    ) {
        let rows = chosen.count
        let columns = logits.count / rows
        precondition(
            logits.count == rows * columns && parameters.count == rows,
            "SampleToken: (\(logits.count)) by (\(parameters.count)) into (\(rows))")
        dispatch(
            SampleToken(
                logits: .read(logits), parameters: .read(parameters.bound(to: UInt32.self)), chosen: .write(chosen)),
            push: .init(rows: UInt32(rows), columns: UInt32(columns)),
            specialize: .init(
                lanes: UInt32(tuning.samplingLanes), largestK: UInt32(SamplerRow.largestDeviceTopK)),
            over: .workgroups(rows),
            cost: Cost(
                flops: 4 * logits.count, bytesRead: 4 * logits.count + 32 * rows, bytesWritten: 4 * rows),
            shape: "(\(rows), \(columns))")
    }
}
