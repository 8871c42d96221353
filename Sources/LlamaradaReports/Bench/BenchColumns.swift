import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaTensors

/// A benchmark's columns: llama-bench's keys in its order, then what it has none for.
///
/// Scripts may look for keys of llama-bench where Llamarada has one way only: those are there with that one value.
enum BenchColumns {
    static let table = Table(build + setup + test + own)

    private static let build: [Column<BenchRow>] = [
        Column(key: "build_commit") { .text($0.build.commit) },
        Column(key: "build_number") { .integer($0.build.number) },
        Column(key: "cpu_info") { .text($0.build.processor) },
        Column(key: "gpu_info") { .text($0.device?.name ?? "") },
        Column("backend", key: "backends", .left, width: 10) { .text($0.setup.backend.rawValue) },
        Column(key: "model_filename") { .text($0.subject.file.path) },
        Column("model", key: "model_type", .left, width: 30) { .text($0.subject.type) },
        Column("size", key: "model_size", width: 10) { .integer($0.subject.byteCount, .binaryBytes) },
        Column("params", key: "model_n_params", width: 10) { .integer($0.subject.parameterCount, .millions) },
    ]

    private static let setup: [Column<BenchRow>] = [
        Column("n_batch", key: "n_batch", width: 7) { .integer($0.setup.batch) },
        Column("n_ubatch", key: "n_ubatch", width: 8) { .integer($0.setup.ubatch) },
        Column("threads", key: "n_threads", width: 7) { .integer($0.setup.threads) },
        Column("type_k", key: "type_k", width: 6) { .text($0.setup.keyType.rawValue) },
        Column("type_v", key: "type_v", width: 6) { .text($0.setup.valueType.rawValue) },
        Column("ngl", key: "n_gpu_layers", width: 4) { .integer($0.gpuLayers) },
        Column(key: "split_mode") { _ in .text("none") },
        Column(key: "main_gpu") { .integer($0.device?.index ?? 0) },
        Column(key: "no_kv_offload") { _ in .flag(false) },
        Column(key: "flash_attn") { .flag($0.device != nil) },
        Column(key: "devices") { .text($0.device?.name ?? "CPU") },
        Column(key: "tensor_split") { _ in .text("0.00") },
        Column(key: "use_mmap") { _ in .flag(false) },
        Column(key: "embeddings") { _ in .flag(false) },
    ]

    private static let test: [Column<BenchRow>] = [
        Column("test", width: 15) { .text($0.result.test.name) },
        Column("t/s", width: 20) { row in
            let speed = row.speed
            return .text(
                "\(HumanUnits.fixed(speed.mean, digits: 2)) ± \(HumanUnits.fixed(speed.deviation, digits: 2))")
        },
        Column(key: "n_prompt") { .integer($0.result.test.prompt) },
        Column(key: "n_gen") { .integer($0.result.test.generated) },
        Column(key: "n_depth") { .integer($0.result.test.depth) },
        Column(key: "test_time") { .text($0.time) },
        Column(key: "avg_ns") { .integer(Int($0.times.mean.rounded())) },
        Column(key: "stddev_ns") { .integer(Int($0.times.deviation.rounded())) },
        Column(key: "avg_ts") { .number($0.speed.mean) },
        Column(key: "stddev_ts") { .number($0.speed.deviation) },
        Column(key: "samples_ns") { row in
            .nested(.array(row.result.nanoseconds.map { .integer(Int($0.rounded())) }))
        },
        Column(key: "samples_ts") { row in .nested(.array(row.result.tokensPerSecond.map { .number($0) })) },
    ]

    private static let own: [Column<BenchRow>] = [
        Column(key: "n_parallel") { .integer($0.result.test.sequences) },
        Column("MB/token", key: "bytes_per_token", width: 8) {
            .number(orMissing: $0.result.bytesPerToken, .fixed(2, unit: 1e6))
        },
        Column(key: "read_bytes_per_second") { .number(orMissing: $0.result.readBandwidth) },
        Column(key: "peak_read_bytes_per_second") { .number(orMissing: $0.peaks?.readBandwidth) },
        Column("bandwidth", key: "read_bandwidth_share", width: 9) {
            .number(orMissing: $0.bandwidthShare, .percent())
        },
        Column("GFLOP/s", key: "flops", width: 9) { .number(orMissing: $0.result.flops, .fixed(2, unit: 1e9)) },
        Column(key: "peak_flops") { .number(orMissing: $0.peaks?.flops) },
        Column("peak", key: "flops_share", width: 7) { .number(orMissing: $0.flopsShare, .percent()) },
        Column("dispatches/token", key: "dispatches_per_token", width: 16) {
            .number(orMissing: $0.result.dispatchesPerToken, .fixed(2))
        },
        Column("submissions/token", key: "submissions_per_token", width: 17) {
            .number(orMissing: $0.result.submissionsPerToken, .fixed(3))
        },
        Column("host µs/token", key: "host_ns_per_token", width: 13) {
            .number(orMissing: $0.result.hostNanosecondsPerToken, .fixed(2, unit: 1e3))
        },
        Column(key: "driver_info") { .text($0.device.map { "\($0.driver) \($0.driverInfo)" } ?? "") },
    ]
}

extension NumberStyle {
    /// llama-bench's sizes: `3.56 GiB`, `92.06 MiB`.
    fileprivate static let binaryBytes = NumberStyle { count in
        let isLarge = count >= 0x1p30
        return HumanUnits.fixed(count / (isLarge ? 0x1p30 : 0x1p20), digits: 2) + (isLarge ? " GiB" : " MiB")
    }

    /// llama-bench's parameter counts: `6.74 B`, `134.52 M`.
    fileprivate static let millions = NumberStyle { count in
        let isLarge = count >= 1e9
        return HumanUnits.fixed(count / (isLarge ? 1e9 : 1e6), digits: 2) + (isLarge ? " B" : " M")
    }
}
