import ArgumentParser
import Llamarada
import LlamaradaDevice
import LlamaradaLab

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
        let checks = try stems().flatMap { Checks.cases(of: $0) }
        if !json { try StandardOutput.write(DoctorReport.header(bench.device)) }
        let start = ContinuousClock.now
        var results: [CheckResult] = []
        for check in checks {
            let new = try bench.run(check)
            results += new
            if !json { try StandardOutput.write(new.map(\.line).joined()) }
        }
        bench.device.savePipelines()
        let report = DoctorReport(
            device: bench.device.description, results: results, seconds: (ContinuousClock.now - start) / .seconds(1))
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

/// All results of a device.
struct DoctorReport {
    var device: DeviceDescription
    var results: [CheckResult]
    var seconds: Double

    var failed: [CheckResult] { results.filter { !$0.passed } }
    /// Nothing checked is not success.
    var passed: Bool { !results.isEmpty && failed.isEmpty }
}

// MARK: - Text

extension DoctorReport {
    /// The device, and the heads of the columns.
    static func header(_ device: Device) -> String {
        let about = device.description
        let missing = MissingVariant.lines(about.missingVariants).map { "Does without \($0)\n" }.joined()
        return """
            Device \(about.index): \(about.name) (\(about.kind)), \(about.driver), \(about.driverInfo), \
            Vulkan \(about.apiVersion), subgroup size \(device.subgroupSize)
            Features: \(about.features.isEmpty ? "none" : about.features.names.joined(separator: ", "))
            \(missing)Build \(BuildInfo.versionAndCommit)

            \(CheckResult.columns(
                "op", "variant", "shape", "groups", "class", "NMSE", "bound", "max error", "of size", "bound", "result"))
            """
    }

    var summary: String {
        let checks = "\(results.count) checks of \(Set(results.map(\.check.operation)).count) operations"
        let time = "in \(HumanUnits.fixed(seconds, digits: 1)) s"
        guard !passed else { return "\n\(checks) \(time): all passed.\n" }
        let kernels = Set(failed.map { "\($0.check.operation) \($0.check.variant)" }).sorted().joined(separator: "; ")
        return """

            \(failed.count) of \(checks) FAILED \(time): \(kernels).
            Do not trust this device with this driver: its results are wrong. A newer driver may help. Please report it, \
            with the failed lines above and what 'llamarada devices --json' prints.

            """
    }
}

extension CheckResult {
    /// One row of the table; what failed follows on a line of its own.
    var line: String {
        let bound = check.bound
        let row = Self.columns(
            check.operation, check.variant, check.shape, tuning, check.precision.rawValue,
            HumanUnits.scientific(measurement.nmse), HumanUnits.scientific(bound.nmse),
            HumanUnits.scientific(measurement.maxError), HumanUnits.scientific(measurement.maxRatio),
            HumanUnits.scientific(bound.element), passed ? "ok" : "FAIL")
        return passed ? row : row + "    " + failures.joined(separator: "; ") + "\n"
    }

    /// Cells at fixed widths, so that rows can be printed as they come.
    static func columns(_ cells: String...) -> String {
        let widths = [13, 8, 40, 6, 5, -7, -7, -9, -7, -7, 6]
        var line = ""
        for (cell, width) in zip(cells, widths) {
            let gap = String(repeating: " ", count: max(0, abs(width) - cell.count))
            line += (line.isEmpty ? "" : "  ") + (width > 0 ? cell + gap : gap + cell)
        }
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }
}

// MARK: - JSON

extension DoctorReport {
    var json: JSON {
        .object([
            ("build", .string(BuildInfo.versionAndCommit)), ("device", device.json),
            ("results", .array(results.map(\.json))),
            (
                "summary",
                .object([
                    ("checks", .integer(results.count)), ("failed", .integer(failed.count)),
                    ("seconds", .number(seconds)),
                ])
            ),
        ])
    }
}

extension CheckResult {
    var json: JSON {
        .object([
            ("op", .string(check.operation)), ("variant", .string(check.variant)), ("shape", .string(check.shape)),
            ("workgroups", .string(tuning)), ("class", .string(check.precision.rawValue)),
            ("elements", .integer(measurement.count)), ("nmse", .number(measurement.nmse)),
            ("nmse_bound", .number(check.bound.nmse)), ("max_error", .number(measurement.maxError)),
            ("max_error_index", .integer(measurement.maxErrorIndex)), ("max_relative", .number(measurement.maxRatio)),
            ("relative_bound", .number(check.bound.element)), ("passed", .bool(passed)),
            ("failures", .array(failures.map { .string($0) })),
        ])
    }
}
