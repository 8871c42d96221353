import ArgumentParser
import Glibc
import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaTensors

/// `llamarada compare`: every intermediate tensor of one engine or file against another's.
struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare every intermediate tensor with the CPU reference, another device or another file.",
        discussion: """
            The same tokens run through both sides. Every operation is also run alone on the other side's input, which \
            tells the operation that is wrong from those that only pass an error on. The exit status is 1 where the \
            two sides differ by more than they may.
            """)

    @OptionGroup var options: CompareOptions
    @OptionGroup var prompt: PromptArguments

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(name: [.short, .long], help: "Print every tensor, not only the worst layer of each operation.")
    var verbose = false

    @Option(help: "Write a page with a heat map to this file.", completion: .file(extensions: ["html"]))
    var html: String?

    @Flag(help: "Let --html replace a model file.")
    var force = false

    func run() async throws {
        let interruption = Interruption.ending()
        let page = try html.map { path in
            try OutputFile.open(
                path, as: "--html", inputs: [options.model, options.against, prompt.file],
                replacing: force ? .anything : .allButModels)
        }
        let text = try prompt.text()
        let bar = ProgressBar("comparing", unit: "tensors")
        let report = try await options.request(text, parsesSpecial: prompt.special).run { bar.show($0, of: $1) }
        bar.clear()
        let view = CompareReport(report)
        // A page that can't be written does not take the printed result along.
        let written = Result {
            try page.map { try OutputFile.write(CompareHTML(report).page, to: $0, check: interruption.check) }
        }
        try StandardOutput.write(json ? view.json.text + "\n" : view.text(verbose: verbose))
        _ = try written.get()
        if !report.result.passes { throw ExitCode(ExitStatus.comparisonFailed) }
    }
}

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
