import Llamarada
import LlamaradaDevice
import LlamaradaLab
import Synchronization
import Testing

/// Runs checks on the devices that tests of kernels share, one at a time on each.
final class CheckRunner: Sendable {
    static let shared = CheckRunner()

    /// Two, because a CPU driver compiles what a device runs on one thread.
    private let devices = [CheckDevice(), CheckDevice()]
    /// Checks of each that run or wait.
    private let load = Mutex([0, 0])

    /// What a case gives; a device that cannot be opened fails the test.
    func results(_ check: CheckCase) async throws -> [CheckResult] {
        try await onADevice { try await $0.results(check) }
    }

    /// Fails the test with what is wrong.
    func expect(_ check: CheckCase) async throws {
        for result in try await results(check) { #expect(result.passed, "\(result)") }
    }

    /// Likewise, with one tuning that is not the device's.
    func expect(
        _ check: CheckCase, tuning: @escaping @Sendable (Device) -> (name: String, tuning: KernelTuning)
    ) async throws {
        for result in try await onADevice({ try await $0.results(check, tuning: tuning) }) {
            #expect(result.passed, "\(result)")
        }
    }

    /// The first where both are idle, so that tests that run one by one make each pipeline once.
    private func onADevice(
        _ body: (CheckDevice) async throws -> [CheckResult]
    ) async throws -> [CheckResult] {
        let index = load.withLock { load in
            let index = load[1] < load[0] ? 1 : 0
            load[index] += 1
            return index
        }
        defer { load.withLock { $0[index] -= 1 } }
        return try await body(devices[index])
    }
}

/// A device that runs checks, on a thread of its own, so that other tests have theirs.
private actor CheckDevice {
    private let thread = EngineThread()
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
    private var bench: CheckBench?

    func results(_ check: CheckCase) throws -> [CheckResult] { try opened().run(check) }

    func results(
        _ check: CheckCase, tuning: @Sendable (Device) -> (name: String, tuning: KernelTuning)
    ) throws -> [CheckResult] {
        let bench = try opened()
        return try bench.run(check, tunings: [tuning(bench.device)])
    }

    private func opened() throws -> CheckBench {
        let opened = try bench ?? CheckBench(Device())
        bench = opened
        return opened
    }
}
