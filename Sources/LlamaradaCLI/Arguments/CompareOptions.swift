import ArgumentParser
import Llamarada
import LlamaradaDevice
import LlamaradaLab

/// What is compared with what.
struct CompareOptions: ParsableArguments {
    @Option(
        name: [.customShort("m"), .long], help: "The model: a GGUF file, or a folder of Hugging Face's or Meta's.",
        completion: .file(extensions: ["gguf"]))
    var model: String

    @Option(help: "Another file of the same model to compare with, such as the f16 of a quantisation.")
    var against: String?

    @Option(
        help: "A folder of tensors to compare with, a dump or your own; it has the tokens, so give no text.",
        completion: .directory)
    var trace: String?

    @Option(
        help: "Write every tensor of the examined side to a new folder, as safetensors with a manifest.",
        completion: .directory)
    var dump: String?

    @Option(
        name: [.customLong("dev", withSingleDash: true), .customLong("device")],
        help:
            "The Vulkan device, by number, UUID or a part of its name; given twice, the second is compared with the first."
    )
    var devices: [String] = []

    @Option(help: "With --against, what computes both files; with --trace, what computes.")
    var backend: BackendName = .vulkan

    @Option(
        name: [.customShort("n"), .customLong("tokens")], parsing: .unconditional,
        help: "Only the text's first tokens. (default: 64)")
    var tokenLimit: Int?

    @Option(
        parsing: .unconditional,
        help: "How many of the tokens, the last ones, run one at a time as in decoding. (default: 1)")
    var decode: Int?

    @Option(
        name: [.customLong("ub", withSingleDash: true), .customLong("ubatch-size")], parsing: .unconditional,
        help: "Most tokens of a prompt that one pass computes. (default: 512)")
    var ubatchSize: Int?

    @Option(
        name: [.customShort("t"), .long], parsing: .unconditional,
        help: "Threads of the CPU. (default: every processor)")
    var threads: Int?

    @Option(name: [.customLong("ctk", withSingleDash: true), .customLong("cache-type-k")], help: "How keys are kept.")
    var cacheTypeK: KVCacheType = .f16

    @Option(
        name: [.customLong("ctv", withSingleDash: true), .customLong("cache-type-v")], help: "How values are kept.")
    var cacheTypeV: KVCacheType = .f16

    @Option(
        parsing: .unconditional,
        help: "With --against or --trace: fail where the mean KL divergence is larger, in nats.")
    var maxKl: Double?

    @Option(parsing: .unconditional, help: "With --against or --trace: fail where a tensor's NMSE is larger.")
    var tolerance: Double?

    @Flag(
        inversion: .prefixedNo,
        help:
            "Use kernels that do several operations at once. (default: yes, but those of RMS norm and product only where the device gains by them)"
    )
    var fuse: Bool?

    @OptionGroup var precision: PrecisionOption

    @Flag(help: "Run operations alone only after a difference was found.")
    var quick = false

    func validate() throws {
        if against == nil && trace == nil && backend == .cpu {
            throw ValidationError("--backend cpu would compare the CPU with itself; it goes with --against or --trace.")
        }
        if against == nil && trace == nil && (maxKl != nil || tolerance != nil) {
            throw ValidationError(
                "--max-kl and --tolerance go with --against or --trace; otherwise the precision class decides.")
        }
        if devices.count > 2 || (devices.count == 2 && (against != nil || trace != nil)) {
            throw ValidationError("Give one -dev, or two without --against and --trace.")
        }
        try validateTrace()
        try devices.forEach(DeviceOption.check)
        for (name, value) in [("-n", tokenLimit), ("-ub", ubatchSize)] {
            guard let value, !(1...(1 << 24)).contains(value) else { continue }
            throw ValidationError("\(name) must be from 1 to \(1 << 24), not \(value).")
        }
        if let decode, decode < 0 { throw ValidationError("--decode must be 0 or more, not \(decode).") }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("-t must be from 1 to 1024, not \(threads).")
        }
        for (name, value) in [("--max-kl", maxKl), ("--tolerance", tolerance)] {
            if let value, !(value >= 0) { throw ValidationError("\(name) must be 0 or more, not \(value).") }
        }
    }

    /// A trace has tokens and passes of its own.
    private func validateTrace() throws {
        if trace == nil { return }
        if against != nil { throw ValidationError("Give either --against or --trace.") }
        let given: [(String, Any?)] = [("-n", tokenLimit), ("--decode", decode), ("-ub", ubatchSize)]
        for (name, value) in given where value != nil {
            throw ValidationError("\(name) does not go with --trace, which has passes of its own.")
        }
    }

    func request(_ text: String, parsesSpecial: Bool) -> ComparisonRequest {
        var request = ComparisonRequest(model: model)
        request.against = against
        request.trace = trace
        request.devices = devices.isEmpty ? [.automatic] : devices.map { DeviceSelection($0) }
        request.usesCPU = backend == .cpu
        request.text = text
        request.parsesSpecial = parsesSpecial
        request.tokenLimit = tokenLimit ?? 64
        request.decodeCount = decode ?? 1
        request.chunk = ubatchSize ?? 512
        request.threads = threads ?? LoadOptions.defaultThreads
        request.keyCacheType = cacheTypeK
        request.valueCacheType = cacheTypeV
        request.tolerance = ComparisonTolerance(meanDivergence: maxKl, nmse: tolerance)
        request.runsEveryOperation = !quick
        request.fuses = fuse
        request.precision = precision.wish
        return request
    }
}
