import Glibc
import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaTensors

/// The model that is measured.
struct BenchSubject {
    let file: GGUFFile
    let configuration: ModelConfiguration

    var byteCount: Int { file.tensors.reduce(0) { $0 + $1.byteCount } }
    var parameterCount: Int { file.tensors.reduce(0) { $0 + $1.elementCount } }

    /// Such as "llama 135M Q4_1": the size as the file says it or from the parameters, the type of most weights.
    var type: String {
        let label = (try? file.metadata.find("general.size_label", .text)) ?? nil
        let size = label ?? HumanUnits.count(parameterCount).filter { $0 != " " }
        var elements: [ElementType: Int] = [:]
        for tensor in file.tensors { elements[tensor.elementType, default: 0] += tensor.elementCount }
        let main = elements.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key.name ?? ""
        return "llama \(size) \(main)".escapingControls
    }
}

/// One measured test with all that it was measured with.
struct BenchRow {
    let subject: BenchSubject
    let setup: BenchSetup
    let device: DeviceDescription?
    let peaks: DevicePeaks?
    let result: BenchmarkResult
    let time: String

    var speed: SampleStatistics { SampleStatistics(result.tokensPerSecond) }
    var bandwidthShare: Double? { share(result.readBandwidth, peaks?.readBandwidth) }
    var flopsShare: Double? { share(result.flops, peaks?.flops) }

    private func share(_ part: Double?, _ whole: Double?) -> Double? {
        guard let part, let whole else { return nil }
        return part / whole
    }

    /// Everything, under llama-bench's keys in its order, then what it has none for.
    var fields: RowWriter.Fields { buildFields + setupFields + testFields + ownFields }

    private var buildFields: RowWriter.Fields {
        [
            ("build_commit", .string(BuildInfo.build.commit)), ("build_number", .integer(BuildInfo.build.number)),
            ("cpu_info", .string(BuildInfo.cpu)), ("gpu_info", .string(device?.name ?? "")),
            ("backends", .string(setup.backend.title)), ("model_filename", .string(subject.file.path)),
            ("model_type", .string(subject.type)), ("model_size", .integer(subject.byteCount)),
            ("model_n_params", .integer(subject.parameterCount)),
        ]
    }

    /// Keys that scripts for llama-bench may look for are there also where Llamarada has one way only.
    private var setupFields: RowWriter.Fields {
        [
            ("n_batch", .integer(setup.batch)), ("n_ubatch", .integer(setup.ubatch)),
            ("n_threads", .integer(setup.threads)), ("type_k", .string(setup.keyType.rawValue)),
            ("type_v", .string(setup.valueType.rawValue)),
            ("n_gpu_layers", .integer(device == nil ? 0 : subject.configuration.layerCount + 1)),
            ("split_mode", .string("none")), ("main_gpu", .integer(device?.index ?? 0)),
            ("no_kv_offload", .bool(false)), ("flash_attn", .bool(device != nil)),
            ("devices", .string(device?.name ?? "CPU")), ("tensor_split", .string("0.00")), ("use_mmap", .bool(false)),
            ("embeddings", .bool(false)),
        ]
    }

    private var testFields: RowWriter.Fields {
        let times = SampleStatistics(result.nanoseconds)
        return [
            ("n_prompt", .integer(result.test.prompt)), ("n_gen", .integer(result.test.generated)),
            ("n_depth", .integer(result.test.depth)), ("test_time", .string(time)),
            ("avg_ns", .integer(Int(times.mean.rounded()))), ("stddev_ns", .integer(Int(times.deviation.rounded()))),
            ("avg_ts", .number(speed.mean)), ("stddev_ts", .number(speed.deviation)),
            ("samples_ns", .array(result.nanoseconds.map { .integer(Int($0.rounded())) })),
            ("samples_ts", .array(result.tokensPerSecond.map { .number($0) })),
        ]
    }

    private var ownFields: RowWriter.Fields {
        let values: [(String, Double?)] = [
            ("bytes_per_token", result.bytesPerToken), ("read_bytes_per_second", result.readBandwidth),
            ("peak_read_bytes_per_second", peaks?.readBandwidth), ("read_bandwidth_share", bandwidthShare),
            ("flops", result.flops), ("peak_flops", peaks?.flops), ("flops_share", flopsShare),
            ("dispatches_per_token", result.dispatchesPerToken),
            ("submissions_per_token", result.submissionsPerToken),
            ("host_ns_per_token", result.hostNanosecondsPerToken),
        ]
        return values.map { ($0, $1.map { .number($0) } ?? .null) }
            + [("driver_info", .string(device.map { "\($0.driver) \($0.driverInfo)" } ?? ""))]
    }
}

/// What a device was measured to do at best.
struct PeaksReport {
    let device: DeviceDescription
    let peaks: DevicePeaks

    var text: String {
        """
        \(device.name) (\(device.driver) \(device.driverInfo))
          measured read bandwidth  \(HumanUnits.fixed(peaks.readBandwidth / 1e9, digits: 1)) GB/s
          measured f32 arithmetic  \(HumanUnits.fixed(peaks.flops / 1e9, digits: 1)) GFLOP/s

        """
    }

    var fields: RowWriter.Fields {
        [
            ("gpu_info", .string(device.name)), ("driver_info", .string("\(device.driver) \(device.driverInfo)")),
            ("peak_read_bytes_per_second", .number(peaks.readBandwidth)), ("peak_flops", .number(peaks.flops)),
        ]
    }
}

extension BackendName {
    var title: String {
        switch self {
        case .vulkan: "Vulkan"
        case .cpu: "CPU"
        }
    }
}

/// The moment a test starts, ISO 8601 in UTC.
enum TestTime {
    static var now: String {
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(1900 + parts.tm_year)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
            + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
    }
}
