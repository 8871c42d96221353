import Llamarada
import LlamaradaDevice
import LlamaradaLab
import Synchronization
import Testing

/// Runs checks one at a time on a device that tests of kernels share.
actor CheckRunner {
    /// Two, because a CPU driver compiles what a device runs on one thread.
    private static let all = [CheckRunner(), CheckRunner()]
    private static let next = Mutex(0)
    /// Each in turn.
    static var shared: CheckRunner {
        next.withLock {
            $0 = ($0 + 1) % all.count
            return all[$0]
        }
    }

    private var bench: CheckBench?

    /// What a case gives; a device that cannot be opened fails the test.
    func results(_ check: CheckCase) throws -> [CheckResult] { try opened().run(check) }

    private func opened() throws -> CheckBench {
        let opened = try bench ?? CheckBench(Device())
        bench = opened
        return opened
    }

    /// Fails the test with what is wrong.
    func expect(_ check: CheckCase) throws {
        for result in try results(check) { #expect(result.passed, "\(result)") }
    }

    /// Likewise, with one tuning that is not the device's.
    func expect(
        _ check: CheckCase, tuning: @Sendable (Device) -> (name: String, tuning: KernelTuning)
    ) throws {
        let bench = try opened()
        for result in try bench.run(check, tunings: [tuning(bench.device)]) {
            #expect(result.passed, "\(result)")
        }
    }
}
