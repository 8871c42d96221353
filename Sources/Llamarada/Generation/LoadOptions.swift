import Glibc
public import LlamaradaDevice

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
    /// Most tokens of prompt and answer together; nil is the model's own, at most 4096.
    public var contextLength: Int?
    /// Most tokens of a prompt that one pass computes.
    public var chunk: Int
    /// How keys are kept.
    public var keyCacheType: KVCacheType
    /// How values are kept.
    public var valueCacheType: KVCacheType
    /// Threads of the CPU backend.
    public var threads: Int

    /// Makes options; what is left out is as the command line's defaults.
    public init(
        backend: Backend = .vulkan(), contextLength: Int? = nil, chunk: Int = 512, keyCacheType: KVCacheType = .f16,
        valueCacheType: KVCacheType = .f16, threads: Int = LoadOptions.defaultThreads
    ) {
        self.backend = backend
        self.contextLength = contextLength
        self.chunk = chunk
        self.keyCacheType = keyCacheType
        self.valueCacheType = valueCacheType
        self.threads = threads
    }

    /// The largest context where none is asked for, so that a model's 128k tokens do not fill the device unasked.
    public static let largestDefaultContext = 4096
}

extension LoadOptions {
    /// Every processor of the machine.
    public static var defaultThreads: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
