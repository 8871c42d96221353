package import Llamarada
package import LlamaradaDevice
package import LlamaradaLab
package import LlamaradaTensors

/// The model that is measured.
package struct BenchSubject: Sendable {
    package let file: GGUFFile
    package let configuration: ModelConfiguration

    package init(file: GGUFFile, configuration: ModelConfiguration) {
        self.file = file
        self.configuration = configuration
    }

    var byteCount: Int { file.tensors.reduce(0) { $0 + $1.byteCount } }
    var parameterCount: Int { file.tensors.reduce(0) { $0 + $1.elementCount } }

    /// Such as "llama 135M Q4_1": the size as the file says it or from the parameters, the type of most weights.
    var type: String {
        let label = (try? file.metadata.find("general.size_label", .text)) ?? nil
        let size = label ?? HumanUnits.count(parameterCount).filter { $0 != " " }
        var elements: [ElementType: Int] = [:]
        for tensor in file.tensors { elements[tensor.elementType, default: 0] += tensor.elementCount }
        let main = elements.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key.name ?? ""
        return "\(configuration.architecture.name) \(size) \(main)".escapingControls
    }
}

/// How a model is loaded for a benchmark.
package struct BenchSetup: Equatable, Sendable {
    /// What computes, by llama-bench's names.
    package enum Backend: String, Sendable { case vulkan = "Vulkan", cpu = "CPU" }

    package var backend: Backend
    package var batch: Int
    package var ubatch: Int
    package var threads: Int
    package var keyType: KVCacheType
    package var valueType: KVCacheType
    /// Layers to lie in the device's memory; nil is all that fit.
    package var gpuLayers: Int?
    /// Whether fused kernels are used; nil leaves that to the device.
    package var fuses: Bool?
    /// How products of prompts are computed; nil leaves that to the device.
    package var precision: PrecisionClass?
    /// Whether kernels are chosen by what was measured on the device.
    package var tunes: Bool

    package init(
        backend: Backend, batch: Int, ubatch: Int, threads: Int, keyType: KVCacheType, valueType: KVCacheType,
        gpuLayers: Int? = nil, fuses: Bool? = nil, precision: PrecisionClass? = nil, tunes: Bool = true
    ) {
        self.backend = backend
        self.batch = batch
        self.ubatch = ubatch
        self.threads = threads
        self.keyType = keyType
        self.valueType = valueType
        self.gpuLayers = gpuLayers
        self.fuses = fuses
        self.precision = precision
        self.tunes = tunes
    }
}

/// One measured test with all that it was measured with.
package struct BenchRow {
    let build: BuildStamp
    let subject: BenchSubject
    let setup: BenchSetup
    let device: DeviceDescription?
    /// Layers that lay in the device's memory, the head counted as one.
    let gpuLayers: Int
    let peaks: DevicePeaks?
    let result: BenchmarkResult
    let time: String

    package init(
        build: BuildStamp, subject: BenchSubject, setup: BenchSetup, device: DeviceDescription?,
        gpuLayers: Int, peaks: DevicePeaks?, result: BenchmarkResult, time: String
    ) {
        self.build = build
        self.subject = subject
        self.setup = setup
        self.device = device
        self.gpuLayers = gpuLayers
        self.peaks = peaks
        self.result = result
        self.time = time
    }

    var speed: SampleStatistics { SampleStatistics(result.tokensPerSecond) }
    var times: SampleStatistics { SampleStatistics(result.nanoseconds) }
    var bandwidthShare: Double? { share(result.readBandwidth, peaks?.readBandwidth) }
    var flopsShare: Double? { share(result.flops, peaks?.flops) }

    private func share(_ part: Double?, _ whole: Double?) -> Double? {
        guard let part, let whole else { return nil }
        return part / whole
    }
}
