package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// x *= factor, in place.
    package mutating func scale(_ x: View<Float>, by factor: Float) {
        let (count, lanes) = (x.count, tuning.elementwiseLanes)
        dispatch(
            Scale(x: .readWrite(x)), push: .init(count: UInt32(count), factor: factor),
            specialize: .init(lanes: UInt32(lanes)), over: .elements(count, perGroup: lanes),
            cost: Cost(flops: count, bytesRead: 4 * count, bytesWritten: 4 * count), shape: "(\(count))")
    }
}
