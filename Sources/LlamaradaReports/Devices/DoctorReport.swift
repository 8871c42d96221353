import Llamarada
package import LlamaradaDevice
package import LlamaradaLab

/// Every check of a device's kernels, as text that comes row by row, or JSON.
package struct DoctorReport {
    let build: BuildStamp
    let device: DeviceDescription
    let results: [CheckResult]
    let seconds: Double

    package init(build: BuildStamp, device: DeviceDescription, results: [CheckResult], seconds: Double) {
        self.build = build
        self.device = device
        self.results = results
        self.seconds = seconds
    }

    private var failed: [CheckResult] { results.filter { !$0.passed } }
    /// Nothing checked is not success.
    package var passed: Bool { !results.isEmpty && failed.isEmpty }

    /// The device, above the table.
    package static func header(_ device: Device, build: BuildStamp) -> String {
        let about = device.description
        let missing = MissingVariant.lines(about.missingVariants).map { "Does without \($0)\n" }.joined()
        return """
            Device \(about.index): \(about.name) (\(about.kind)), \(about.driver), \(about.driverInfo), \
            Vulkan \(about.apiVersion), subgroup size \(device.subgroupSize)
            Features: \(about.features.isEmpty ? "none" : about.features.names.joined(separator: ", "))
            \(missing)Build \(build.versionAndCommit)


            """
    }

    /// What came out, below the table.
    package var summary: String {
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

    /// The whole report.
    package var json: JSON {
        .object([
            ("build", .string(build.versionAndCommit)), ("device", DeviceReport(device).json),
            ("results", DoctorTable.table.json(results)),
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

/// The rows of a doctor's report, printed as they come.
package struct DoctorTable {
    private var stream = TableStream(Self.table, format: .text)

    package init() {}

    /// A row, after the heads where it is the first; what failed follows on a line of its own.
    package mutating func add(_ result: CheckResult) -> String {
        let row = stream.add(result)
        return result.passed ? row : row + "    " + result.failures.joined(separator: "; ") + "\n"
    }

    static let table = Table<CheckResult>([
        Column("op", key: "op", .left, width: 13) { .text($0.check.operation) },
        Column("variant", key: "variant", .left, width: 8) { .text($0.check.variant) },
        Column("shape", key: "shape", .left, width: 40) { .text($0.check.shape) },
        Column("groups", key: "workgroups", .left, width: 6) { .text($0.tuning) },
        Column("class", key: "class", .left, width: 5) { .text($0.check.precision.rawValue) },
        Column(key: "elements") { .integer($0.measurement.count) },
        Column("NMSE", key: "nmse", width: 7) { .number($0.measurement.nmse, .scientific) },
        Column("bound", key: "nmse_bound", width: 7) { .number($0.check.bound.nmse, .scientific) },
        Column("max error", key: "max_error", width: 9) { .number($0.measurement.maxError, .scientific) },
        Column(key: "max_error_index") { .integer($0.measurement.maxErrorIndex) },
        Column("of size", key: "max_relative", width: 7) { .number($0.measurement.maxRatio, .scientific) },
        Column("bound", key: "relative_bound", width: 7) { .number($0.check.bound.element, .scientific) },
        Column("result", key: "passed", .left, width: 6) { .flag($0.passed, yes: "ok", no: "FAIL") },
        Column(key: "failures") { .nested(.array($0.failures.map { .string($0) })) },
    ])
}
