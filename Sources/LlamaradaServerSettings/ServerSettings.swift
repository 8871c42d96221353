/// All that a server is told when it starts: the command line makes it, the server's process reads it.
///
/// It is handed over as JSON through a file descriptor, because arguments and environment can be read by others and the
/// keys are in it.
public struct ServerSettings: Codable, Sendable, Equatable {
    /// The model and what computes it.
    public var model = Model()
    /// Where clients come from.
    public var network = Network()
    /// What one request and all together may take.
    public var limits = Limits()
    /// How tokens are chosen where a request does not say.
    public var sampling = Sampling()
    /// With which statuses the process ends.
    public var statuses = Statuses()

    /// The defaults, without a model.
    public init() {}

    /// The model and what computes it.
    public struct Model: Codable, Sendable, Equatable {
        /// The file's path, as `PathBytes` carries bytes that are not UTF-8.
        public var path = ""
        /// What clients call the model.
        public var name = ""
        /// A chat template in the place of the model's own.
        public var chatTemplate: String?
        /// Whether the plain formulas on the CPU compute, instead of a device.
        public var usesCPU = false
        /// The Vulkan device's number, UUID or a part of its name; nil is the best one.
        public var device: String?
        /// Most tokens of prompt and answer; nil and 0 as `LoadOptions` has them.
        public var contextLength: Int?
        /// Requests that are computed together.
        public var sequences = 4
        /// Most tokens of prompts that a step computes.
        public var chunk = 512
        /// Tokens that are drafted at once where a request does not say.
        public var lookup = 0
        /// How keys are kept, by name.
        public var keyCacheType = "f16"
        /// How values are kept, by name.
        public var valueCacheType = "f16"
        /// Layers in the device's memory; nil is all that fit.
        public var gpuLayers: Int?
        /// Threads of the CPU backend.
        public var threads = 1
        /// As `LoadOptions.fusesKernels`.
        public var fusesKernels: Bool?
        /// How products of prompts are computed, by name; nil leaves that to the device.
        public var precision: String?
        /// Whether kernels of equal bits are chosen by measuring.
        public var tunesKernels = true

        /// The defaults, without a file.
        public init() {}
    }

    /// Where clients come from.
    public struct Network: Codable, Sendable, Equatable {
        /// The address to listen at.
        public var host = "127.0.0.1"
        /// The port; 0 takes a free one.
        public var port = 8080
        /// Any of these opens the server; without any it is open to whoever reaches it.
        public var keys: [String] = []
        /// Origins of pages whose scripts may call, or `*`; none by default.
        public var origins: [String] = []
        /// Names, besides the address itself, by which clients may call a server without keys.
        public var names: [String] = []

        /// The address as a URL has it: one with colons in brackets.
        public var urlHost: String { host.contains(":") ? "[\(host)]" : host }

        /// This machine alone, without keys.
        public init() {}
    }

    /// What one request and all together may take.
    public struct Limits: Codable, Sendable, Equatable {
        /// Most bytes of a request.
        public var bodyBytes = 8 << 20
        /// Most answers that one request may ask for, prompts times `n`.
        public var choices = 128
        /// Most answers that may wait for their turn.
        public var queue = 256
        /// Most connections at once; more wait to be accepted.
        public var connections = 1024
        /// Seconds until a request has to be answered.
        public var requestSeconds = 600.0
        /// Seconds in which a request must arrive, and that a connection may lie idle.
        public var arrivalSeconds = 60.0
        /// Seconds of silence after which a stream says that it is alive.
        public var pingSeconds = 10.0
        /// Seconds that what is under way may take after the server was asked to end.
        public var graceSeconds = 30.0

        /// The defaults.
        public init() {}
    }

    /// How tokens are chosen where a request does not say; the fields are `SamplingOptions`'.
    public struct Sampling: Codable, Sendable, Equatable {
        /// See `SamplingOptions`.
        public var temperature: Float = 0.8
        /// See `SamplingOptions`.
        public var topK = 40
        /// See `SamplingOptions`.
        public var topP: Float = 0.95
        /// See `SamplingOptions`.
        public var minP: Float = 0.05
        /// See `SamplingOptions`.
        public var repeatPenalty: Float = 1
        /// See `SamplingOptions`.
        public var repeatLastN = 64
        /// See `SamplingOptions`.
        public var presencePenalty: Float = 0
        /// See `SamplingOptions`.
        public var frequencyPenalty: Float = 0
        /// By the token's number; see `SamplingOptions`.
        public var logitBias: [Int: Float] = [:]
        /// See `SamplingOptions`.
        public var seed: UInt64?
        /// The order, by name.
        public var samplers = [
            "penalties", "dry", "top_n_sigma", "top_k", "typ_p", "top_p", "min_p", "xtc", "temperature",
        ]
        /// See `SamplingOptions`.
        public var topNSigma: Float = -1
        /// See `SamplingOptions`.
        public var typicalP: Float = 1
        /// See `SamplingOptions.XTC`.
        public var xtcProbability: Float = 0
        /// See `SamplingOptions.XTC`.
        public var xtcThreshold: Float = 0.1
        /// See `SamplingOptions.DynamicTemperature`.
        public var dynamicTemperatureRange: Float = 0
        /// See `SamplingOptions.DynamicTemperature`.
        public var dynamicTemperatureExponent: Float = 1
        /// See `SamplingOptions.DRY`.
        public var dryMultiplier: Float = 0
        /// See `SamplingOptions.DRY`.
        public var dryBase: Float = 1.75
        /// See `SamplingOptions.DRY`.
        public var dryAllowedLength = 2
        /// See `SamplingOptions.DRY`.
        public var dryLastN = 64
        /// See `SamplingOptions.DRY`.
        public var drySequenceBreakers = ["\n", ":", "\"", "*"]
        /// 0, 1 or 2; see `SamplingOptions.Mirostat`.
        public var mirostat = 0
        /// See `SamplingOptions.Mirostat`.
        public var mirostatTargetSurprise: Float = 5
        /// See `SamplingOptions.Mirostat`.
        public var mirostatLearningRate: Float = 0.1

        /// The command line's defaults.
        public init() {}
    }

    /// With which statuses the process ends: decided by the command line alone.
    public struct Statuses: Codable, Sendable, Equatable {
        /// The model's file is missing or bad.
        public var modelFile: Int32 = 1
        /// The device is missing or was lost.
        public var device: Int32 = 1
        /// The address cannot be had, or the system fails.
        public var io: Int32 = 1
        /// The settings contradict each other or the model.
        public var usage: Int32 = 1

        /// 1 for everything, until the command line says otherwise.
        public init() {}
    }
}
