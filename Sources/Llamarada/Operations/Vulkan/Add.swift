package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// sum = a + b, element by element; `sum` may be `a`.
    package mutating func add(_ a: View<Float>, _ b: View<Float>, into sum: View<Float>) {
        let count = a.count
        precondition(b.count == count && sum.count == count, "Add: (\(count)), (\(b.count)) into (\(sum.count))")
        let lanes = tuning.elementwiseLanes
        dispatch(
            Add(a: .read(a), b: .read(b), sum: .write(sum)), push: .init(count: UInt32(count)),
            specialize: .init(lanes: UInt32(lanes)), over: .elements(count, perGroup: lanes),
            cost: Cost(flops: count, bytesRead: 8 * count, bytesWritten: 4 * count), shape: "(\(count))")
    }
}
