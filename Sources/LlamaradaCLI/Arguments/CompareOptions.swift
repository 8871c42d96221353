import ArgumentParser
import Llamarada
import LlamaradaDevice
import LlamaradaLab

/// What is compared with what.
struct CompareOptions: ParsableArguments {
    @Option(name: [.customShort("m"), .long], help: "The model: a GGUF file.", completion: .file(extensions: ["gguf"]))
    var model: String

    @Option(help: "Another file of the same model to compare with, such as the f16 of a quantisation.")
    var against: String?

    @Option(
        name: [.customLong("dev", withSingleDash: true), .customLong("device")],
        help: "The Vulkan device, by number or a part of its name; given twice, the second is compared with the first.")
    var devices: [String] = []

    @Option(help: "With --against, what computes both files: vulkan or cpu.")
    var backend: BackendName = .vulkan

    @Option(
        name: [.customShort("n"), .customLong("tokens")], parsing: .unconditional,
        help: "Only the text's first tokens.")
    var tokenLimit: Int = 64

    @Option(
        parsing: .unconditional, help: "How many of the tokens, the last ones, run one at a time as in decoding.")
    var decode: Int = 1

    @Option(
        name: [.customLong("ub", withSingleDash: true), .customLong("ubatch-size")], parsing: .unconditional,
        help: "Most tokens of a prompt that one pass computes.")
    var ubatchSize: Int = 512

    @Option(
        name: [.customShort("t"), .long], parsing: .unconditional,
        help: "Threads of the CPU. (default: every processor)")
    var threads: Int?

    @Option(name: [.customLong("ctk", withSingleDash: true), .customLong("cache-type-k")], help: "How keys are kept.")
    var cacheTypeK: KVCacheType = .f16

    @Option(
        name: [.customLong("ctv", withSingleDash: true), .customLong("cache-type-v")], help: "How values are kept.")
    var cacheTypeV: KVCacheType = .f16

    @Option(parsing: .unconditional, help: "With --against: fail where the mean KL divergence is larger, in nats.")
    var maxKl: Double?

    @Option(parsing: .unconditional, help: "With --against: fail where a tensor's NMSE is larger.")
    var tolerance: Double?

    @Flag(help: "Use no kernel that does several operations at once.")
    var noFuse = false

    @Flag(help: "Run operations alone only after a difference was found.")
    var quick = false

    func validate() throws {
        if against == nil && backend == .cpu {
            throw ValidationError("--backend cpu would compare the CPU with itself; it goes with --against.")
        }
        if against == nil && (maxKl != nil || tolerance != nil) {
            throw ValidationError("--max-kl and --tolerance go with --against; otherwise the precision class decides.")
        }
        if devices.count > 2 || (devices.count == 2 && against != nil) {
            throw ValidationError("Give one -dev, or two without --against.")
        }
        try devices.forEach(DeviceOption.check)
        for (name, value) in [("-n", tokenLimit), ("-ub", ubatchSize)] where !(1...(1 << 24)).contains(value) {
            throw ValidationError("\(name) must be from 1 to \(1 << 24), not \(value).")
        }
        if decode < 0 { throw ValidationError("--decode must be 0 or more, not \(decode).") }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("-t must be from 1 to 1024, not \(threads).")
        }
        for (name, value) in [("--max-kl", maxKl), ("--tolerance", tolerance)] {
            if let value, !(value >= 0) { throw ValidationError("\(name) must be 0 or more, not \(value).") }
        }
    }

    func request(_ text: String, parsesSpecial: Bool) -> ComparisonRequest {
        var request = ComparisonRequest(model: model)
        request.against = against
        request.devices = devices.isEmpty ? [.automatic] : devices.map { DeviceSelection($0) }
        request.usesCPU = backend == .cpu
        request.text = text
        request.parsesSpecial = parsesSpecial
        request.tokenLimit = tokenLimit
        request.decodeCount = decode
        request.chunk = ubatchSize
        request.threads = threads ?? LoadOptions.defaultThreads
        request.keyCacheType = cacheTypeK
        request.valueCacheType = cacheTypeV
        request.tolerance = ComparisonTolerance(meanDivergence: maxKl, nmse: tolerance)
        request.runsEveryOperation = !quick
        request.fuses = !noFuse
        return request
    }
}
