import Llamarada
package import LlamaradaDevice
import LlamaradaShaders

/// What in a device multiplies and adds, each perhaps at a speed of its own.
package enum ArithmeticUnit: CaseIterable, Sendable {
    case f32
    /// Pairs of f16 numbers.
    case f16
    /// Four 8-bit integers times four, added to a 32-bit sum.
    case dot8

    fileprivate var variant: ArithmeticProbe.Variant {
        switch self {
        case .f32: .init(unit: .f32)
        case .f16: .init(unit: .f16)
        case .dot8: .init(unit: .dot8)
        }
    }

    /// Multiplications and additions of a chain's step.
    package var operations: Int {
        switch self {
        case .f32: 2
        case .f16: 4
        case .dot8: 8
        }
    }

    /// Whether a device has it.
    package func exists(on device: DeviceDescription) -> Bool {
        ArithmeticProbe.requirements(variant).missing(in: device.kernelSupport).isEmpty
    }
}

extension Pass {
    /// Does `rounds` · 8 multiply-adds for each of `sink.count` invocations.
    package mutating func arithmeticProbe(_ unit: ArithmeticUnit = .f32, rounds: Int, sink: View<Float>) {
        let lanes = tuning.elementwiseLanes
        precondition(sink.count % lanes == 0, "ArithmeticProbe: a sink of \(sink.count), workgroups of \(lanes)")
        dispatch(
            ArithmeticProbe(unit.variant, sink: .write(sink)), push: .init(rounds: UInt32(rounds), one: 1),
            specialize: .init(lanes: UInt32(lanes)), over: .elements(sink.count, perGroup: lanes),
            cost: Cost(flops: 8 * unit.operations * rounds * sink.count, bytesWritten: 4 * sink.count),
            shape: "\(rounds) rounds")
    }
}
