package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// x[r] += bias, in place.
    ///
    /// - Parameters:
    ///   - x: (rows, columns).
    ///   - bias: (columns).
    package mutating func addBias(_ x: View<Float>, _ bias: View<Float>) {
        let (count, columns) = (x.count, bias.count)
        precondition(count % columns == 0, "AddBias: (\(columns)) to (\(count))")
        let lanes = tuning.elementwiseLanes
        dispatch(
            AddBias(x: .readWrite(x), bias: .read(bias)),
            push: .init(count: UInt32(count), columns: UInt32(columns)),
            specialize: .init(lanes: UInt32(lanes)), over: .elements(count, perGroup: lanes),
            cost: Cost(flops: count, bytesRead: 4 * (count + columns), bytesWritten: 4 * count),
            shape: "(\(count / columns), \(columns))")
    }
}
