import LlamaradaDevice

/// Benchmarks as they come: a Markdown table in the manner of llama-bench, which shows parameters only where they vary,
/// or every value.
package struct BenchReport {
    private let format: TableFormat
    private let varying: [String]
    /// Made for the first row, which tells whether a device computes.
    private var stream: TableStream<BenchRow>?
    private var last: BenchRow?

    /// - Parameters:
    ///   - varying: keys of the parameters that people are shown.
    package init(format: TableFormat, varying: [String]) {
        self.format = format
        self.varying = varying
    }

    /// The text of one more row.
    package mutating func add(_ row: BenchRow) -> String {
        var stream = self.stream ?? makeStream(isOnDevice: row.device != nil)
        defer { (self.stream, last) = (stream, row) }
        return stream.add(row)
    }

    /// What follows the last row: for people what the shares are shares of, and the build.
    package var end: String {
        guard format == .md else { return (stream ?? makeStream(isOnDevice: false)).end }
        guard let last else { return "" }
        var text = "\n"
        if let device = last.device, let peaks = last.peaks {
            text += PeaksReport(device: device, peaks: peaks).text + "\n"
        }
        let build = last.build
        return text + "build: \(build.commit) (\(build.number)), llamarada \(build.version)\n"
    }

    private func makeStream(isOnDevice: Bool) -> TableStream<BenchRow> {
        let shown = Self.always + varying + Self.measured + (isOnDevice ? Self.ofDevices : [])
        return TableStream(
            format == .md ? BenchColumns.table.selecting(shown) : BenchColumns.table, format: format,
            name: "llama_bench")
    }

    private static let always = ["model_type", "model_size", "model_n_params", "backends"]
    private static let measured = ["test", "t/s"]
    /// What llama-bench lacks.
    private static let ofDevices = [
        "bytes_per_token", "read_bandwidth_share", "flops", "flops_share", "dispatches_per_token",
        "submissions_per_token", "host_ns_per_token",
    ]
}
