public import ArgumentParser
public import Llamarada
import LlamaradaDevice

/// Options of every command that loads a model; names are llama.cpp's.
struct ModelOptions: ParsableArguments {
    @Option(name: [.customShort("m"), .long], help: "The model: a GGUF file.", completion: .file(extensions: ["gguf"]))
    var model: String

    @Option(help: "What computes: vulkan or cpu (plain formulas, for comparison).")
    var backend: BackendName = .vulkan

    @OptionGroup var device: DeviceOption

    @Option(
        name: [.customShort("c"), .long],
        help: "Most tokens of prompt and answer together; 0 is the model's own. (default: the model's, at most 4096)")
    var ctxSize: Int?

    @Option(
        name: [.customShort("b"), .long],
        help: "Most tokens of a prompt that are handed over at once; bounds -ub.")
    var batchSize: Int = 2048

    @Option(
        name: [.customLong("ub", withSingleDash: true), .customLong("ubatch-size")],
        help: "Most tokens of a prompt that one pass computes.")
    var ubatchSize: Int = 512

    @Option(name: [.customShort("t"), .long], help: "Threads of the CPU backend. (default: every processor)")
    var threads: Int?

    @Option(
        name: [.customLong("ctk", withSingleDash: true), .customLong("cache-type-k")],
        help: "How keys are kept: f16 or f32.")
    var cacheTypeK: KVCacheType = .f16

    @Option(
        name: [.customLong("ctv", withSingleDash: true), .customLong("cache-type-v")],
        help: "How values are kept: f16 or f32.")
    var cacheTypeV: KVCacheType = .f16

    func validate() throws {
        if let ctxSize, !(0...Self.largestCount).contains(ctxSize) {
            throw ValidationError("-c must be from 0 to \(Self.largestCount), not \(ctxSize).")
        }
        for (name, value) in [("-b", batchSize), ("-ub", ubatchSize)] where !(1...Self.largestCount).contains(value) {
            throw ValidationError("\(name) must be from 1 to \(Self.largestCount), not \(value).")
        }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("-t must be from 1 to 1024, not \(threads).")
        }
    }

    /// Far above any model's context, far below any overflow.
    private static let largestCount = 1 << 24

    /// The options as the library takes them, for a model of `configuration`.
    var loadOptions: LoadOptions {
        LoadOptions(
            backend: backend == .cpu ? .cpu : .vulkan(device.selection),
            contextLength: ctxSize, chunk: min(batchSize, ubatchSize), keyCacheType: cacheTypeK,
            valueCacheType: cacheTypeV, threads: threads ?? LoadOptions.defaultThreads)
    }
}

/// `-dev`: which Vulkan device.
struct DeviceOption: ParsableArguments {
    @Option(
        name: [.customLong("dev", withSingleDash: true), .customLong("device")],
        help:
            "The Vulkan device: its number in 'llamarada devices' or a part of its name. (default: the first discrete one)"
    )
    var device: String?

    var selection: DeviceSelection { DeviceSelection(device) }
}

/// The word after `--backend`.
enum BackendName: String, ExpressibleByArgument, CaseIterable {
    case vulkan, cpu
}

extension KVCacheType: ExpressibleByArgument {}
