package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// gated = gelu(gate) · up, element by element; `gated` may be `gate`.
    package mutating func geGLU(gate: View<Float>, up: View<Float>, into gated: View<Float>) {
        let count = gate.count
        precondition(
            up.count == count && gated.count == count, "GeGLU: (\(count)), (\(up.count)) into (\(gated.count))")
        let lanes = tuning.elementwiseLanes
        dispatch(
            GeGLU(gate: .read(gate), up: .read(up), gated: .write(gated)), push: .init(count: UInt32(count)),
            specialize: .init(lanes: UInt32(lanes)), over: .elements(count, perGroup: lanes),
            cost: Cost(flops: 10 * count, bytesRead: 8 * count, bytesWritten: 4 * count), shape: "(\(count))")
    }
}
