package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// sum = a + b, element by element; `sum` may be `a`.
    package mutating func add(_ a: View<Float>, _ b: View<Float>, into sum: View<Float>) {
        precondition(a.count == b.count && a.count == sum.count, "add of \(a.count), \(b.count) into \(sum.count)")
        let lanes = elementwiseLanes
        dispatch(
            Add(a: .read(a), b: .read(b), sum: .write(sum)), push: .init(count: UInt32(a.count)),
            specialize: .init(lanes: UInt32(lanes)), over: .elements(a.count, perGroup: lanes),
            cost: Cost(flops: a.count, bytesRead: 8 * a.count, bytesWritten: 4 * a.count), shape: "\(a.count)")
    }

    /// Invocations of a workgroup where each handles elements of its own.
    var elementwiseLanes: Int { 64 }
}
