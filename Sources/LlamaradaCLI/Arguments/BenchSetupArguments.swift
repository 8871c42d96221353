import ArgumentParser
import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaReports

/// Options that can be swept besides the tests; names are llama-bench's.
struct BenchSetupArguments: ParsableArguments {
    @Option(help: "What computes: a Vulkan device, or plain formulas on the CPU, for comparison.")
    var backend: BackendName = .vulkan

    @OptionGroup var device: DeviceOption

    @Option(
        name: [.customShort("b"), .long], parsing: .unconditional,
        help: .init("Most tokens of a prompt that are handed over at once; bounds -ub.", valueName: "tokens"))
    var batchSize: Sweep = .init(values: [2048])

    @Option(
        name: [.customLong("ub", withSingleDash: true), .customLong("ubatch-size")], parsing: .unconditional,
        help: .init("Most tokens of a prompt that one pass computes.", valueName: "tokens"))
    var ubatchSize: Sweep = .init(values: [512])

    @Option(
        name: [.customShort("t"), .long], parsing: .unconditional,
        help: .init("Threads of the CPU backend. (default: every processor)", valueName: "count"))
    var threads: Sweep?

    @Option(
        name: [.customLong("ctk", withSingleDash: true), .customLong("cache-type-k")],
        help: .init("How keys are kept; a list.", valueName: "type"))
    var cacheTypeK: CacheTypes = .init(values: [.f16])

    @Option(
        name: [.customLong("ctv", withSingleDash: true), .customLong("cache-type-v")],
        help: .init("How values are kept; a list.", valueName: "type"))
    var cacheTypeV: CacheTypes = .init(values: [.f16])

    @Option(
        name: [
            .customLong("ngl", withSingleDash: true), .customLong("gpu-layers"), .customLong("n-gpu-layers"),
        ], parsing: .unconditional,
        help: .init(
            "Layers in the device's memory, the head counting as one more; a list. (default: all that fit)",
            valueName: "layers"))
    var gpuLayers: Sweep?

    @Flag(
        inversion: .prefixedNo,
        help:
            "Use kernels that do several operations at once. (default: yes, but those of RMS norm and product only where the device gains by them)"
    )
    var fuse: Bool?

    @OptionGroup var precision: PrecisionOption

    @Flag(
        inversion: .prefixedNo,
        help: """
            Use what is fastest of the kernels that give the same bits, as the first load on a device measures it, for up \
            to 5 s.
            """)
    var tune = true

    func validate() throws {
        for (name, sweep) in [("-b", batchSize), ("-ub", ubatchSize)] where sweep.values.contains(0) {
            throw ValidationError("\(name) must be at least 1.")
        }
        if let threads, let wrong = threads.values.first(where: { !(1...1024).contains($0) }) {
            throw ValidationError("-t must be from 1 to 1024, not \(wrong).")
        }
    }

    private var threadCounts: [Int] { threads?.values ?? [LoadOptions.defaultThreads] }
    private var layerCounts: [Int?] { gpuLayers.map { $0.values.map { .some($0) } } ?? [nil] }

    /// Every combination, in llama-bench's order.
    var all: [BenchSetup] {
        var setups: [BenchSetup] = []
        for batch in batchSize.values {
            for ubatch in ubatchSize.values {
                for (key, value) in cacheTypeK.values.flatMap({ key in cacheTypeV.values.map { (key, $0) } }) {
                    for (threads, layers) in threadCounts.flatMap({ count in layerCounts.map { (count, $0) } }) {
                        setups.append(
                            BenchSetup(
                                backend: backend == .cpu ? .cpu : .vulkan, batch: batch, ubatch: ubatch,
                                threads: threads, keyType: key, valueType: value, gpuLayers: layers, fuses: fuse,
                                precision: precision.wish, tunes: tune))
                    }
                }
            }
        }
        return setups
    }

    /// Keys of what differs from the default or between setups: what a table must show.
    var varying: [String] {
        let all = all
        func varies<Value: Equatable>(_ path: KeyPath<BenchSetup, Value>, from usual: Value) -> Bool {
            all.contains { $0[keyPath: path] != usual }
        }
        var keys: [String] = []
        if backend == .cpu || varies(\.threads, from: LoadOptions.defaultThreads) { keys.append("n_threads") }
        if varies(\.batch, from: 2048) { keys.append("n_batch") }
        if varies(\.ubatch, from: 512) { keys.append("n_ubatch") }
        if varies(\.keyType, from: .f16) { keys.append("type_k") }
        if varies(\.valueType, from: .f16) { keys.append("type_v") }
        if gpuLayers != nil { keys.append("n_gpu_layers") }
        return keys
    }
}

extension BenchSetup {
    /// What the library loads a model with.
    func loadOptions(contextLength: Int, device: DeviceSelection) -> LoadOptions {
        LoadOptions(
            backend: backend == .cpu ? .cpu : .vulkan(device), contextLength: contextLength,
            chunk: min(batch, ubatch), keyCacheType: keyType, valueCacheType: valueType,
            gpuLayers: gpuLayers, threads: threads, fusesKernels: fuses, precision: precision,
            tunesKernels: tunes)
    }
}
