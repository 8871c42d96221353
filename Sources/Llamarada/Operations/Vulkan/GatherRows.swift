package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// gathered[r] = x[indices[r]].
    ///
    /// - Parameters:
    ///   - x: (any, columns).
    ///   - indices: (rows), each a row of x.
    ///   - gathered: (rows, columns).
    package mutating func gatherRows(_ x: View<Float>, _ indices: View<UInt32>, into gathered: View<Float>) {
        let rows = indices.count
        let columns = gathered.count / rows
        precondition(
            gathered.count == rows * columns && x.count % columns == 0,
            "GatherRows: \(rows) rows of (\(x.count)) into (\(gathered.count))")
        let lanes = tuning.elementwiseLanes
        dispatch(
            GatherRows(x: .read(x), indices: .read(indices), gathered: .write(gathered)),
            push: .init(rows: UInt32(rows), columns: UInt32(columns)),
            specialize: .init(lanes: UInt32(lanes)), over: .elements(gathered.count, perGroup: lanes),
            cost: Cost(bytesRead: 4 * (gathered.count + rows), bytesWritten: 4 * gathered.count),
            shape: "(\(rows), \(columns))")
    }
}
