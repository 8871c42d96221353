import Llamarada
import LlamaradaDevice
import Testing

/// Runs checks one at a time on the one device that all tests of kernels share.
actor CheckRunner {
    static let shared = CheckRunner()
    private var bench: CheckBench?

    /// Fails the test with what is wrong; a device that cannot be opened is wrong too.
    func expect(_ check: CheckCase) throws {
        let bench = try self.bench ?? CheckBench(Device())
        self.bench = bench
        for result in try bench.run(check) { #expect(result.passed, "\(result)") }
    }
}
