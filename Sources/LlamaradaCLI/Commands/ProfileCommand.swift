import ArgumentParser
import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaReports
import LlamaradaTensors
import LlamaradaText

/// `llamarada profile`: what every kernel takes.
struct ProfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Time every kernel of a prompt and of decoding on the GPU's clock.",
        discussion: """
            Runs the same work three times: without timestamps, with timestamps as it runs (overlapped), and one \
            dispatch at a time (serialised), where every time is a kernel's own. The tokens must be the same each time.
            """)

    @OptionGroup var work: ProfileArguments

    @Option(
        help: .init("Write a trace for ui.perfetto.dev or chrome://tracing.", valueName: "file"), completion: .file())
    var trace: String?

    @Option(help: .init("Write a page with roofline, timeline and tables.", valueName: "file"), completion: .file())
    var html: String?

    @Flag(help: "Let --trace and --html replace a model file.")
    var force = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(inversion: .prefixedNo, help: "Measure what the timestamps themselves cost.")
    var overhead = true

    @OptionGroup(title: "Model Options") var model: ModelOptions

    func validate() throws {
        if model.backend == .cpu {
            throw ValidationError("profile reads a GPU's clock; the CPU backend has none. Use --backend vulkan.")
        }
        if let trace, trace == html { throw ValidationError("--trace and --html name the same file.") }
    }

    func run() throws {
        let interruption = Interruption.ending()
        let outputs = try openOutputs()
        let device = try Device(model.device.selection)
        try device.requireTimestamps()
        let loader = try ModelLoader(path: model.model)
        let (file, configuration) = (loader.file, loader.configuration)
        let request = try request(file, configuration)
        let transformer = try load(loader, device, request)
        let notes = ProgressNote()
        let profile = try explainingNonFiniteLogits(of: file) {
            try TimedTransformer(transformer).profile(request) { notes.show($0) }
        }
        notes.clear()
        let report = ProfileReport(
            profile: profile, model: .init(path: model.model, name: configuration.name),
            device: device.description, isSynthetic: work.prompt == nil, build: BuildInfo.stamp)
        // Files that can't be written do not take the printed result along.
        let written = Result {
            if let trace = outputs.trace {
                let events = ChromeTrace(profile, deviceName: device.description.name).json(for: report)
                try OutputFile.write(events.text + "\n", to: trace, check: interruption.check)
            }
            if let html = outputs.html {
                try OutputFile.write(report.page.text, to: html, check: interruption.check)
            }
        }
        try StandardOutput.write(json ? report.json.text + "\n" : report.text)
        try written.get()
    }

    private func openOutputs() throws -> (trace: AtomicOutputFile?, html: AtomicOutputFile?) {
        let replacing: OutputFile.Replacement = force ? .anything : .allButModels
        let trace = try trace.map {
            try OutputFile.open($0, as: "--trace", inputs: [model.model], replacing: replacing)
        }
        let html = try html.map {
            try OutputFile.open($0, as: "--html", inputs: [model.model], apartFrom: trace, replacing: replacing)
        }
        return (trace, html)
    }

    private func request(_ file: GGUFFile, _ configuration: ModelConfiguration) throws -> ProfileRequest {
        var tokens: [TokenID]
        if let prompt = work.prompt {
            tokens = try Tokenizer(gguf: file).encode(prompt, addSpecial: true, parseSpecial: false)
            if tokens.isEmpty { throw ValidationError("--prompt has no tokens.") }
        } else {
            tokens = SyntheticTokens.list(
                work.promptCount ?? ProfileArguments.defaultPromptCount, vocabularySize: configuration.vocabularySize)
        }
        return ProfileRequest(
            depth: work.depth, prompt: tokens, decoded: work.decoded, overheadPairs: overhead ? 10 : 0)
    }

    private func load(
        _ loader: ModelLoader, _ device: Device, _ request: ProfileRequest
    ) throws -> VulkanTransformer {
        var options = model.loadOptions
        if let context = options.contextLength, context > 0, context < request.contextLength {
            throw ValidationError(
                "-c \(context) is too short for \(request.depth) + \(request.prompt.count) + \(request.decoded) tokens."
            )
        }
        options.contextLength = max(request.contextLength, options.contextLength ?? 0)
        LoadingBar.warn(
            test: request.contextLength, of: model.model, trained: loader.configuration.contextLength)
        let bar = LoadingBar()
        defer { bar.clear() }
        return try loader.vulkan(options, on: device, progress: bar.show)
    }
}
