package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// normed[r] = x[r] / √(mean(x[r]²) + ε) ⊙ weight.
    ///
    /// - Parameters:
    ///   - x: (rows, columns).
    ///   - weight: (columns).
    ///   - normed: (rows, columns); may be `x`.
    package mutating func rmsNorm(
        _ x: View<Float>, _ weight: View<Float>, into normed: View<Float>, epsilon: Float
    ) {
        let columns = weight.count
        let rows = x.count / columns
        precondition(
            x.count == rows * columns && normed.count == x.count,
            "RMSNorm: (\(x.count)) by (\(columns)) into (\(normed.count))")
        dispatch(
            RMSNorm(x: .read(x), weight: .read(weight), normed: .write(normed)),
            push: .init(rows: UInt32(rows), columns: UInt32(columns), epsilon: epsilon),
            specialize: .init(lanes: UInt32(tuning.reductionLanes)), over: .workgroups(rows),
            cost: Cost(flops: 4 * x.count, bytesRead: 4 * (x.count + columns), bytesWritten: 4 * x.count),
            shape: "(\(rows), \(columns))")
    }
}
