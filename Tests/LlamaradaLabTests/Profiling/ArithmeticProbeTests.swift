import Llamarada
import LlamaradaDevice
import LlamaradaLab
import Testing

/// The probe does all the arithmetic that it is timed for: what it writes shows each step.
@Suite struct ArithmeticProbeTests {
    /// A chain's value after `rounds` steps from `first` on.
    private static func chain(_ unit: ArithmeticUnit, from first: Int, rounds: Int) -> Float {
        switch unit {
        case .f32: Float(first + rounds)
        // Small enough to be whole in 16 bits.
        case .f16: 2 * Float(first + rounds)
        case .dot8:
            Float(
                (0..<rounds).reduce(first) { value, _ in
                    1 + (0..<4).reduce(0) { $0 + Int(Int8(truncatingIfNeeded: value >> (8 * $1))) }
                })
        }
    }

    @Test(arguments: ArithmeticUnit.allCases) func everyStepCounts(_ unit: ArithmeticUnit) throws {
        let device = try Device()
        #expect(unit.exists(on: device.description))
        let lanes = KernelTuning(device).elementwiseLanes
        let sink = try device.allocate(Float.self, count: 3 * lanes, name: "sink")
        for rounds in [0, 1, 5, 300] {
            try device.upload([Float](repeating: .nan, count: sink.count), to: sink)
            var pass = Pass(device)
            pass.arithmeticProbe(unit, rounds: rounds, sink: sink)
            try device.run(pass)
            let expected = (0..<sink.count).map { index in
                (0..<8).reduce(Float(0)) { $0 + Self.chain(unit, from: index % lanes + $1, rounds: rounds) }
            }
            #expect(try device.download(sink) == expected, "\(rounds) rounds")
        }
    }
}
