import ArgumentParser
import Glibc
import Llamarada
import LlamaradaServerSettings
import LlamaradaTemplates
import LlamaradaTensors

/// `llamarada serve`: OpenAI's API over HTTP, by the program `llamarada-serve` beside this one.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve a model over HTTP: a chat page, and OpenAI's API.",
        discussion: """
            The address that it prints at the start opens the chat page in a browser; the API is below /v1. Listens on \
            this machine alone unless --host says otherwise. SIGTERM and Ctrl-C let what is under way finish \
            within --grace seconds; a second one ends the process at once. A lost device ends it with status 4.
            """)

    @OptionGroup(title: "Network Options") var network: NetworkArguments
    @OptionGroup(title: "Limits") var limits: ServeLimitArguments

    @Option(
        name: [.customLong("np", withSingleDash: true), .long], parsing: .unconditional,
        help: .init("Answers that are computed together; more wait their turn.", valueName: "count"))
    var parallel = 4

    @Option(
        name: [.customShort("a"), .long], parsing: .unconditional,
        help: .init("What clients call the model. (default: the file's name)", valueName: "name"))
    var alias: String?

    @Option(
        name: .customLong("chat-template-file"), parsing: .unconditional,
        help: .init("A Jinja template in the place of the model's own.", valueName: "file"))
    var chatTemplateFile: String?

    @OptionGroup(title: "Model Options") var model: ModelOptions
    @OptionGroup(title: "Sampling Options, where a request does not say") var sampling: SamplingArguments
    @OptionGroup(title: "Sampling Options, where a request does not say") var drafts: LookupArguments
    @OptionGroup(title: "Penalties") var penalties: PenaltyArguments
    @OptionGroup(title: "Other Samplers") var samplers: SamplerArguments

    func validate() throws {
        if !(1...LoadOptions.mostSequences ~= parallel) {
            throw ValidationError("-np must be from 1 to \(LoadOptions.mostSequences), not \(parallel).")
        }
        if alias?.isEmpty == true { throw ValidationError("-a must be a name, not ''.") }
    }

    func run() throws {
        let settings = try settings()
        // What is wrong with the file is said here, in this program's words, before anything is started.
        _ = try ModelLoader(path: model.model)
        try ServerProgram.replaceThisProcess(settings)
    }

    private func settings() throws -> ServerSettings {
        var settings = ServerSettings()
        settings.model = model.serverSettings
        settings.model.sequences = parallel
        settings.model.lookup = drafts.lookup
        settings.model.name = alias ?? Self.name(ofFile: model.model)
        settings.model.chatTemplate = try chatTemplateFile.map { path in
            let source = String(decoding: try TextFile.read(path), as: UTF8.self)
            // A template with a mistake would only be found by the first chat.
            do {
                _ = try ChatTemplate(source)
            } catch let error as TemplateError {
                throw UsageError(line: "\(path): \(error.commandLine)".escapingControls)
            }
            return source
        }
        settings.network = try network.settings()
        settings.limits = limits.settings
        settings.sampling = sampling.options(penalties, samplers).serverSettings
        settings.statuses.modelFile = ExitStatus.modelFile
        settings.statuses.device = ExitStatus.device
        settings.statuses.io = ExitStatus.io
        settings.statuses.usage = ExitStatus.usage
        return settings
    }

    /// A file's name without its folder and its ending.
    private static func name(ofFile path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return (name.hasSuffix(".gguf") ? String(name.dropLast(5)) : name).escapingControls
    }
}

extension ModelOptions {
    /// The options as the server takes them.
    fileprivate var serverSettings: ServerSettings.Model {
        let options = loadOptions
        var settings = ServerSettings.Model()
        settings.path = model
        settings.usesCPU = backend == .cpu
        settings.device = device.device
        settings.contextLength = options.contextLength
        settings.chunk = options.chunk
        settings.keyCacheType = options.keyCacheType.rawValue
        settings.valueCacheType = options.valueCacheType.rawValue
        settings.gpuLayers = options.gpuLayers
        settings.threads = options.threads
        settings.fusesKernels = options.fusesKernels
        settings.precision = options.precision?.rawValue
        settings.tunesKernels = options.tunesKernels
        return settings
    }
}

extension SamplingOptions {
    /// The options as the server takes them.
    fileprivate var serverSettings: ServerSettings.Sampling {
        var settings = ServerSettings.Sampling()
        settings.temperature = temperature
        settings.topK = topK
        settings.topP = topP
        settings.minP = minP
        settings.repeatPenalty = repeatPenalty
        settings.repeatLastN = repeatLastN
        settings.presencePenalty = presencePenalty
        settings.frequencyPenalty = frequencyPenalty
        settings.logitBias = .init(uniqueKeysWithValues: logitBias.map { (Int($0), $1) })
        settings.seed = seed
        settings.samplers = samplers.map(\.rawValue)
        settings.topNSigma = topNSigma
        settings.typicalP = typicalP
        settings.xtcProbability = xtc.probability
        settings.xtcThreshold = xtc.threshold
        settings.dynamicTemperatureRange = dynamicTemperature.range
        settings.dynamicTemperatureExponent = dynamicTemperature.exponent
        settings.dryMultiplier = dry.multiplier
        settings.dryBase = dry.base
        settings.dryAllowedLength = dry.allowedLength
        settings.dryLastN = dry.lastN
        settings.drySequenceBreakers = dry.sequenceBreakers
        settings.mirostat = mirostat.version.rawValue
        settings.mirostatTargetSurprise = mirostat.targetSurprise
        settings.mirostatLearningRate = mirostat.learningRate
        return settings
    }
}
