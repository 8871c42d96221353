import ArgumentParser
import Llamarada
import LlamaradaLab

/// Options of every command that computes with a model; names are llama.cpp's.
struct ModelOptions: ParsableArguments {
    @Option(
        name: [.customShort("m"), .long], parsing: .unconditional,
        help: .init("The model: a GGUF file, or a folder of Hugging Face's or Meta's.", valueName: "file"),
        completion: .file(extensions: ["gguf"]))
    var model: String

    @Option(help: "What computes: a Vulkan device, or plain formulas on the CPU, for comparison.")
    var backend: BackendName = .vulkan

    @OptionGroup var device: DeviceOption

    @Option(
        name: [.customShort("c"), .long], parsing: .unconditional,
        help: .init(
            "Most tokens of prompt and answer together; 0 is what the model was trained for. (default: that, at most \(LoadOptions.largestDefaultContext))",
            valueName: "tokens"))
    var ctxSize: Int?

    @Option(
        name: [.customShort("b"), .long], parsing: .unconditional,
        help: .init("Most tokens of a prompt that are handed over at once; bounds -ub.", valueName: "tokens"))
    var batchSize: Int = 2048

    @Option(
        name: [.customLong("ub", withSingleDash: true), .customLong("ubatch-size")], parsing: .unconditional,
        help: .init("Most tokens of a prompt that one pass computes.", valueName: "tokens"))
    var ubatchSize: Int = 512

    @Option(
        name: [
            .customLong("ngl", withSingleDash: true), .customLong("gpu-layers"), .customLong("n-gpu-layers"),
        ], parsing: .unconditional,
        help: .init(
            "Layers in the device's memory, the head counting as one more; it reads the others in the host's, which is slower. (default: all that fit)",
            valueName: "layers"))
    var gpuLayers: Int?

    @Option(
        name: [.customShort("t"), .long], parsing: .unconditional,
        help: .init("Threads of the CPU backend. (default: every processor)", valueName: "count"))
    var threads: Int?

    @Option(
        name: [.customLong("ctk", withSingleDash: true), .customLong("cache-type-k")],
        help: .init("How keys are kept.", valueName: "type"))
    var cacheTypeK: KVCacheType = .f16

    @Option(
        name: [.customLong("ctv", withSingleDash: true), .customLong("cache-type-v")],
        help: .init("How values are kept.", valueName: "type"))
    var cacheTypeV: KVCacheType = .f16

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
        if let ctxSize, !(0...Self.largestCount).contains(ctxSize) {
            throw ValidationError("-c must be from 0 to \(Self.largestCount), not \(ctxSize).")
        }
        for (name, value) in [("-b", batchSize), ("-ub", ubatchSize)] where !(1...Self.largestCount).contains(value) {
            throw ValidationError("\(name) must be from 1 to \(Self.largestCount), not \(value).")
        }
        if let gpuLayers, !(0...Self.largestCount).contains(gpuLayers) {
            throw ValidationError("-ngl must be from 0 to \(Self.largestCount), not \(gpuLayers).")
        }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("-t must be from 1 to 1024, not \(threads).")
        }
    }

    /// Far above any model's context, far below any overflow.
    private static let largestCount = 1 << 24

    /// The options as the library takes them.
    var loadOptions: LoadOptions {
        LoadOptions(
            backend: backend == .cpu ? .cpu : .vulkan(device.selection),
            contextLength: ctxSize, chunk: min(batchSize, ubatchSize), keyCacheType: cacheTypeK,
            valueCacheType: cacheTypeV, gpuLayers: gpuLayers, threads: threads ?? LoadOptions.defaultThreads,
            fusesKernels: fuse, precision: precision.wish, tunesKernels: tune)
    }

    /// Loads the model, with a progress bar where stderr is a terminal.
    ///
    /// - Parameters:
    ///   - contextLength: in the place of `-c`.
    ///   - sequences: how many requests are computed together.
    ///   - textByteCount: the bytes of a text that must fit the context: one that can't is refused before any weight is
    ///     read.
    ///   - lookup: how many tokens requests draft at once.
    ///   - interruption: the signals that end the loading; nil where they cancel the task.
    func load(
        contextLength: Int? = nil, sequences: Int = 1, textByteCount: Int = 0, lookup: Int = 0,
        until interruption: Interruption? = nil
    ) async throws -> LanguageModel {
        var options = loadOptions
        options.contextLength = contextLength ?? options.contextLength
        options.sequences = sequences
        options.lookup = lookup
        options.logger = StandardErrorLog.logger
        let bar = LoadingBar(interruption)
        defer { bar.clear() }
        let language = try await LanguageModel.load(
            model, options: options, textByteCount: textByteCount, throwingProgress: bar.show)
        bar.clear()
        LoadingBar.warn(
            ctxSize == nil ? "a context of" : "-c", language.contextLength,
            trained: language.configuration.contextLength)
        return language
    }
}
