import ArgumentParser
import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaReports

/// `llamarada doctor`: every kernel and variant on a matrix of shapes, against f64.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check that a device computes what Llamarada's kernels mean.",
        discussion: """
            Runs every kernel and variant on many shapes, twice, with small and with large workgroups, between guarded \
            buffers, and compares with f64 on the same inputs. Run it first on a new device or driver. Exits with 1 where \
            a check fails.
            """)

    @OptionGroup var device: DeviceOption

    @Option(
        name: [.customShort("o"), .customLong("op")],
        help: "Only these operations, apart by commas: \(Checks.operations.joined(separator: ", ")).")
    var operations: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws { _ = try stems() }

    func run() throws {
        let bench = try CheckBench(Device(device.selection))
        let checks = try stems().flatMap { Checks.cases(of: $0) }.filter { $0.isPossible(bench.device) }
        if !json { try StandardOutput.write(DoctorReport.header(bench.device, build: BuildInfo.stamp)) }
        let start = ContinuousClock.now
        var results: [CheckResult] = []
        var table = DoctorTable()
        for check in checks {
            let new = try bench.run(check)
            results += new
            if !json { try StandardOutput.write(new.map { table.add($0) }.joined()) }
        }
        bench.device.savePipelines()
        let report = DoctorReport(
            build: BuildInfo.stamp, device: bench.device.description, results: results,
            seconds: (ContinuousClock.now - start) / .seconds(1))
        try StandardOutput.write(json ? report.json.text + "\n" : report.summary)
        if !report.passed { throw ExitCode(ExitStatus.comparisonFailed) }
    }

    /// The operations asked for, by their own spelling.
    private func stems() throws -> [String] {
        guard let operations else { return Checks.operations }
        let names = operations.split { $0 == "," || $0 == " " }
        guard !names.isEmpty else {
            throw ValidationError("-o names no operation. Known: \(Checks.operations.joined(separator: ", ")).")
        }
        return try names.map { name in
            guard let stem = Checks.operations.first(where: { $0.lowercased() == name.lowercased() }) else {
                throw ValidationError(
                    "There is no operation '\(name)'. Known: \(Checks.operations.joined(separator: ", ")).")
            }
            return stem
        }
    }
}
