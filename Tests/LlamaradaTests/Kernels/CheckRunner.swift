import Llamarada
import LlamaradaDevice
import Testing

/// Runs checks one at a time on the one device that all tests of kernels share.
actor CheckRunner {
    static let shared = CheckRunner()
    private var bench: CheckBench?

    /// What a case gives; a device that cannot be opened fails the test.
    func results(_ check: CheckCase) throws -> [CheckResult] {
        let bench = try self.bench ?? CheckBench(Device())
        self.bench = bench
        return try bench.run(check)
    }

    /// Fails the test with what is wrong.
    func expect(_ check: CheckCase) throws {
        for result in try results(check) { #expect(result.passed, "\(result)") }
    }
}
