/// What helps against an error, for code that reacts to it and for programs that say it in words of their own.
///
/// More may be added.
public indirect enum Remedy: Sendable, Hashable {
    /// Nothing that is known.
    case noneKnown
    /// One or the other.
    case either(Remedy, Remedy)
    /// A sentence without its final stop, for what concerns one place alone.
    case other(String)

    // What is asked of a model.

    /// A context of fewer tokens.
    case shorterContext
    /// A context of that many tokens or fewer.
    case contextOfAtMost(Int)
    /// A context of that many tokens or more.
    case contextOfAtLeast(Int)
    /// A context of more tokens.
    case longerContext
    /// A prompt of fewer tokens.
    case shorterPrompt
    /// A text of more tokens.
    case longerText
    /// A model that was made for conversations, or a chat template.
    case chatModel
    /// Chunks of an evaluated text that have fewer tokens.
    case shorterChunks
    /// Fewer tokens a pass, which make shorter submissions.
    case shorterPasses
    /// Keys and values of two bytes each.
    case smallerCache
    /// A model that takes less memory.
    case smallerModel
    /// Fewer layers in the device's memory; it reads the others in the host's.
    case fewerDeviceLayers

    // Device and system.

    /// The CPU backend.
    case cpuBackend
    /// A Vulkan driver.
    case installDriver
    /// The Vulkan loader and a driver.
    case installLoaderAndDriver
    /// A package of the system.
    case install(String)
    /// A newer version of the driver.
    case updateDriver
    /// A device whose queue has timestamps, or a measurement without.
    case deviceWithTimestamps
    /// Less of the device's memory in use elsewhere.
    case freeDeviceMemory
    /// Another try; the system's log says what happened.
    case tryAgain
    /// A check of every kernel.
    case checkDevice
    /// That, and a comparison of every tensor with the CPU's.
    case checkDeviceAndCompare
    /// A higher limit on the process or the user.
    case raiseLimit(SystemLimit)

    // Files.

    /// The file once more, from where it came.
    case fetchAgain
    /// A look at the metadata of the file, which may be damaged.
    case inspect(file: String)
    /// A look at the metadata of the file, which may be another than its name says.
    case inspectOrFetchAgain(file: String)
    /// A model of the Llama family; the file's metadata shows what this one is.
    case supportedModel(insteadOf: String)
    /// A model whose weights were not quantised yet, or leave to quantise them once more.
    case requantize
    /// A base of log-probabilities that is made anew.
    case remakeBase
    /// An importance matrix that is made anew, of the model that is quantised.
    case remakeImportance

    /// A limit that the system sets.
    public enum SystemLimit: String, Sendable, Hashable {
        case memory, processes, stack
        case openFiles = "open files"
    }
}

extension Remedy {
    /// The ways to choose from, none of them a choice itself.
    private var alternatives: [Remedy] {
        switch self {
        case .noneKnown: []
        case .either(let one, let other): one.alternatives + other.alternatives
        default: [self]
        }
    }

    /// A sentence without its final stop, each alternative in the words of `spelling`; empty where nothing is known.
    public func sentence(spelling: (Remedy) -> Phrase) -> String {
        let text = alternatives.map(spelling).joined
        return text.prefix(1).uppercased() + text.dropFirst()
    }
}
