import LlamaradaErrors
import LlamaradaTensors

extension LlamaradaError {
    /// One line for stderr, the remedy spelled in flags and commands.
    var commandLine: String { line(spelling: \.onCommandLine).escapingControls }
}

extension Remedy {
    /// The remedy in the words of the command line. Flags are spelled here and in the commands, nowhere else.
    var onCommandLine: Phrase {
        switch self {
        case .shorterContext: Phrase("use", "a shorter context (-c)")
        case .contextOfAtMost(let tokens): Phrase("use", "-c \(tokens) or less")
        case .contextOfAtLeast(let tokens): Phrase("use", "-c \(tokens) or more")
        case .longerContext: Phrase("use", "a longer context (-c)")
        case .chatModel:
            Phrase(
                "use",
                "a model that was made for conversations, give a template with --chat-template-file, or continue a text with 'llamarada run'"
            )
        case .shorterChunks: Phrase("use", "a smaller -c")
        case .shorterPasses: Phrase("see", "the system log; a smaller -ub makes submissions shorter")
        case .fewerDeviceLayers: Phrase("use", "fewer layers in the device's memory (-ngl)")
        case .cpuBackend: Phrase("use", "--backend cpu")
        case .deviceWithTimestamps: Phrase("'llamarada devices' lists others; 'llamarada bench' needs none")
        case .checkDevice: Phrase("'llamarada doctor' checks every kernel")
        case .checkDeviceAndCompare: Phrase("run", "'llamarada doctor' and 'llamarada compare'")
        case .raiseLimit(let limit): Phrase("raise the limit", "on \(limit.words) (ulimit \(limit.option))")
        case .inspect(let file): Phrase("the file may be damaged: run", "'llamarada inspect \(file)'")
        case .inspectOrFetchAgain: Phrase("the file may be mislabelled: see 'llamarada inspect', or fetch it again")
        case .supportedModel(let file):
            Phrase("use", "a dense model of the Llama family; 'llamarada inspect \(file)' shows what this one is")
        case .requantize: Phrase("use", "a file of F32, F16 or BF16, or give --allow-requantize")
        case .remakeBase: Phrase("make it again with --kl-divergence-base")
        case .remakeImportance: Phrase("make one of this model with 'llamarada imatrix'")
        case .noneKnown, .either, .other, .shorterPrompt, .longerText, .smallerCache, .smallerModel, .installDriver,
            .installLoaderAndDriver, .install, .updateDriver, .freeDeviceMemory, .tryAgain, .fetchAgain:
            words
        }
    }
}

extension Remedy.SystemLimit {
    /// The option of the shell's `ulimit`.
    fileprivate var option: String {
        switch self {
        case .memory: "-v"
        case .processes: "-u"
        case .openFiles: "-n"
        case .stack: "-s"
        }
    }
}
