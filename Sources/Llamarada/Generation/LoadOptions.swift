public import LlamaradaDevice
import LlamaradaThreads
public import Logging

/// What computes.
public enum Backend: Sendable, Equatable {
    /// A Vulkan device.
    case vulkan(DeviceSelection = .automatic)
    /// The plain formulas on the CPU.
    case cpu
}

/// How a model is loaded.
public struct LoadOptions: Sendable {
    /// What computes.
    public var backend: Backend
    /// Most tokens of prompt and answer together: nil is what the model was trained for, at most 4096, and 0 is what it
    /// was trained for. Beyond that its text is likely to be poor.
    public var contextLength: Int?
    /// How many requests are computed together; more wait their turn.
    public var sequences: Int
    /// Most tokens of prompts that one step computes.
    public var chunk: Int
    /// How many tokens requests are expected to draft at once, so that everything is made ready for that; whether they
    /// do, and how many, ``GenerationOptions/lookup`` says.
    public var lookup: Int
    /// How keys are kept.
    public var keyCacheType: KVCacheType
    /// How values are kept.
    public var valueCacheType: KVCacheType
    /// How many layers lie in the device's memory, the first ones; last norm, head and token embedding count as one more
    /// behind them. The device reads the others in the host's memory, across the bus, which is slower and gives the same
    /// bits. nil is all that fit. Where host and device share one memory all do.
    public var gpuLayers: Int?
    /// Threads of the CPU backend.
    public var threads: Int
    /// Whether kernels that do several operations at once are used where there are some; nil uses them, but those of
    /// RMS norm and product only where the device gains by them.
    public var fusesKernels: Bool?
    /// How prompts are computed on a Vulkan device; nil is half where the device has matrix units whose products
    /// have proved right, else exact. A class that a device cannot compute rightly is exact there, with a warning.
    public var precision: PrecisionClass?
    /// Whether the first load on a device measures which of the kernels that give the same bits are fastest there, for at
    /// most about 5 s where that can be kept, and later ones use it, as the program `llamarada` does; else what is known of
    /// such devices decides.
    public var tunesKernels: Bool
    /// What is told of loading and running; by default nothing.
    public var logger: Logger

    /// Makes options; what is left out is as the command line's defaults, but for `tunesKernels`.
    public init(
        backend: Backend = .vulkan(), contextLength: Int? = nil, sequences: Int = 1, chunk: Int = 512, lookup: Int = 0,
        keyCacheType: KVCacheType = .f16,
        valueCacheType: KVCacheType = .f16, gpuLayers: Int? = nil, threads: Int = LoadOptions.defaultThreads,
        fusesKernels: Bool? = nil, precision: PrecisionClass? = nil, tunesKernels: Bool = false,
        logger: Logger = Logger(label: "llamarada") { _ in SwiftLogNoOpLogHandler() }
    ) {
        self.backend = backend
        self.contextLength = contextLength
        self.sequences = sequences
        self.chunk = chunk
        self.lookup = lookup
        self.keyCacheType = keyCacheType
        self.valueCacheType = valueCacheType
        self.gpuLayers = gpuLayers
        self.threads = threads
        self.fusesKernels = fusesKernels
        self.precision = precision
        self.tunesKernels = tunesKernels
        self.logger = logger
    }

    /// Far more than a device decodes at once with profit.
    public static let mostSequences = 256

    /// The largest context where none is asked for, so that a model's 128k tokens do not fill the device unasked.
    public static let largestDefaultContext = 4096
}

extension LoadOptions {
    /// Says in one line which value cannot be used, or nil when all can.
    public func validate() -> String? {
        if let contextLength, contextLength < 0 { return "context length must be 0 or more, not \(contextLength)" }
        if !(1...Self.mostSequences ~= sequences) {
            return "sequences must be from 1 to \(Self.mostSequences), not \(sequences)"
        }
        if let gpuLayers, gpuLayers < 0 { return "layers on the GPU must be 0 or more, not \(gpuLayers)" }
        if let problem = GenerationOptions.validate(lookup: lookup) { return problem }
        if chunk < 1 { return "chunk must be 1 or more, not \(chunk)" }
        if threads < 1 { return "threads must be 1 or more, not \(threads)" }
        return nil
    }

    /// The context for a model that was trained for `trained` tokens.
    func contextLength(trained: Int) -> Int {
        switch contextLength {
        case nil: min(trained, Self.largestDefaultContext)
        case 0: trained
        case .some(let tokens): tokens
        }
    }

    /// Every processor of the machine.
    public static var defaultThreads: Int { Workers.processorCount }
}
