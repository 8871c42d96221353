import Llamarada
package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// Does `rounds` · 8 multiply-adds for each of `sink.count` invocations.
    package mutating func arithmeticProbe(rounds: Int, sink: View<Float>) {
        let lanes = tuning.elementwiseLanes
        precondition(sink.count % lanes == 0, "ArithmeticProbe: a sink of \(sink.count), workgroups of \(lanes)")
        dispatch(
            ArithmeticProbe(sink: .write(sink)), push: .init(rounds: UInt32(rounds), one: 1),
            specialize: .init(lanes: UInt32(lanes)), over: .elements(sink.count, perGroup: lanes),
            cost: Cost(flops: 16 * rounds * sink.count, bytesWritten: 4 * sink.count), shape: "\(rounds) rounds")
    }
}
