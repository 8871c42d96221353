package import LlamaradaDevice
package import LlamaradaLab
import LlamaradaTensors

/// One timed kernel with all that it was measured with.
package struct KernelBenchRow {
    let build: BuildStamp
    let device: DeviceDescription
    let peaks: DevicePeaks
    let timing: KernelTiming

    package init(build: BuildStamp, device: DeviceDescription, peaks: DevicePeaks, timing: KernelTiming) {
        self.build = build
        self.device = device
        self.peaks = peaks
        self.timing = timing
    }
}

/// Kernels alone, as they come: a Markdown table, or every value.
package struct KernelBenchReport {
    private let format: TableFormat
    private var stream: TableStream<KernelBenchRow>
    private var last: KernelBenchRow?

    package init(format: TableFormat) {
        self.format = format
        stream = TableStream(Self.table, format: format, name: "kernel_bench")
    }

    /// The text of one more row.
    package mutating func add(_ row: KernelBenchRow) -> String {
        last = row
        return stream.add(row)
    }

    /// What follows the last row: for people what the shares are shares of.
    package var end: String {
        guard format == .md, let last else { return stream.end }
        return "\n" + PeaksReport(device: last.device, peaks: last.peaks).text
    }

    private static let table = Table<KernelBenchRow>([
        Column(key: "build_commit") { .text($0.build.commit) },
        Column(key: "gpu_info") { .text($0.device.name) },
        Column(key: "driver_info") { .text("\($0.device.driver) \($0.device.driverInfo)") },
        Column("op", key: "op", .left, width: 6) { .text($0.timing.benchmark.operation.rawValue) },
        Column("type", key: "type", .left, width: 4) { .text($0.timing.benchmark.elementType.name) },
        Column("shape", width: 13) { .text("\($0.timing.benchmark.rows)x\($0.timing.benchmark.columns)") },
        Column(key: "shape_rows") { .integer($0.timing.benchmark.rows) },
        Column(key: "shape_columns") { .integer($0.timing.benchmark.columns) },
        Column("columns", key: "columns", width: 7) { .integer($0.timing.benchmark.tokens) },
        Column("tuning", key: "tuning", .left, width: 6) { .text($0.timing.tuning) },
        Column("kernel", key: "kernel", .left, width: 11) { .text($0.timing.kernel) },
        Column(key: "constants") { .text($0.timing.constants) },
        Column("time", key: "median_ns", width: 8) { .number($0.timing.nanoseconds, .duration) },
        Column(key: "best_ns") { .number($0.timing.shortest) },
        Column(key: "samples") { .integer($0.timing.sampleCount) },
        Column(key: "device_time") { .flag($0.timing.isDeviceTime) },
        Column(key: "weight_bytes") { .integer($0.timing.weightByteCount) },
        Column(key: "footprint_bytes") { .integer($0.timing.footprint) },
        Column("GB/s", key: "weight_bytes_per_second", width: 7) { .number($0.timing.bandwidth, .fixed(2, unit: 1e9)) },
        Column(key: "peak_read_bytes_per_second") { .number($0.peaks.readBandwidth) },
        Column("bandwidth", key: "bandwidth_share", width: 9) {
            .number($0.timing.bandwidth / $0.peaks.readBandwidth, .percent())
        },
        Column("GFLOP/s", key: "flops", width: 9) { .number($0.timing.flops, .fixed(2, unit: 1e9)) },
        Column(key: "peak_flops") { .number($0.peaks.flops) },
        Column("peak", key: "flops_share", width: 7) { .number($0.timing.flops / $0.peaks.flops, .percent()) },
    ])
}
