extension Remedy {
    /// The remedy in the words of somebody who calls the library.
    public var words: Phrase {
        switch self {
        case .noneKnown, .either: Phrase(sentence(spelling: \.words))
        case .other(let sentence): Phrase(sentence)
        case .shorterContext: Phrase("use", "a shorter context")
        case .contextOfAtMost(let tokens): Phrase("use", "a context of \(tokens) tokens or less")
        case .contextOfAtLeast(let tokens): Phrase("use", "a context of \(tokens) tokens or more")
        case .longerContext: Phrase("use", "a longer context")
        case .shorterPrompt: Phrase("use", "a shorter prompt")
        case .longerText: Phrase("use", "a longer text")
        case .chatModel: Phrase("use", "a model that was made for conversations, or give a chat template")
        case .shorterChunks: Phrase("use", "a shorter context")
        case .shorterPasses: Phrase("see", "the system log; fewer tokens a pass make submissions shorter")
        case .smallerCache: Phrase("use", "an f16 cache")
        case .smallerModel: Phrase("use", "a smaller model")
        case .fewerDeviceLayers: Phrase("use", "fewer layers in the device's memory")
        case .cpuBackend: Phrase("use", "the CPU backend")
        case .installDriver: Phrase("install", "a driver (mesa-vulkan-drivers)")
        case .installLoaderAndDriver: Phrase("install", "libvulkan1 and a driver (mesa-vulkan-drivers)")
        case .install(let package): Phrase("install", package)
        case .updateDriver: Phrase("update", "the driver")
        case .deviceWithTimestamps: Phrase("use", "another device; a benchmark needs no timestamps")
        case .freeDeviceMemory: Phrase("free", "memory on the device")
        case .tryAgain: Phrase("try again, and see the system log")
        case .checkDevice: Phrase("check", "every kernel on this device")
        case .checkDeviceAndCompare: Phrase("check", "every kernel on this device, and compare it with the CPU backend")
        case .raiseLimit(let limit): Phrase("raise the limit", "on \(limit.words)")
        case .fetchAgain: Phrase("the file is damaged or incomplete: fetch it again")
        case .inspect: Phrase("the file may be damaged: look at its metadata")
        case .inspectOrFetchAgain: Phrase("the file may be mislabelled: look at its metadata, or fetch it again")
        case .supportedModel:
            Phrase("use", "a dense model of the Llama family; the file's metadata shows what this one is")
        case .requantize: Phrase("use", "a file of F32, F16 or BF16, or allow to quantise the weights once more")
        case .remakeBase: Phrase("make it again")
        case .remakeImportance: Phrase("make one of this model")
        }
    }
}

extension Remedy.SystemLimit {
    /// What is limited, as it stands after "on".
    public var words: String { self == .stack ? "the stack" : rawValue }
}
