package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// gated = gate · σ(gate) · up, element by element; `gated` may be `gate`.
    package mutating func swiGLU(gate: View<Float>, up: View<Float>, into gated: View<Float>) {
        let count = gate.count
        precondition(
            up.count == count && gated.count == count, "SwiGLU: (\(count)), (\(up.count)) into (\(gated.count))")
        let lanes = tuning.elementwiseLanes
        dispatch(
            SwiGLU(gate: .read(gate), up: .read(up), gated: .write(gated)), push: .init(count: UInt32(count)),
            specialize: .init(lanes: UInt32(lanes)), over: .elements(count, perGroup: lanes),
            cost: Cost(flops: 5 * count, bytesRead: 8 * count, bytesWritten: 4 * count), shape: "(\(count))")
    }
}
