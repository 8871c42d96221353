package import LlamaradaDevice
package import LlamaradaTensors
import Logging

/// A model file that is open and understood, and the one place where engines are made from it.
///
/// Making an engine ends with `CancellationError` soon after its task was cancelled, and with what `progress` throws.
package struct ModelLoader: Sendable {
    /// Is told how far loading is; what it throws ends the loading.
    package typealias Progress = @Sendable (LoadProgress) throws -> Void

    package let file: GGUFFile
    package let configuration: ModelConfiguration

    /// Reads all but the weights.
    package init(path: String) throws(CheckpointError) {
        file = try GGUFFile.open(path: path)
        configuration = try ModelConfiguration(gguf: file)
    }

    /// The same for a file that was read already.
    package init(_ file: GGUFFile, _ configuration: ModelConfiguration) {
        self.file = file
        self.configuration = configuration
    }

    /// The transformer that `options` ask for, on the backend that they name.
    package func transformer(
        _ options: LoadOptions, progress: Progress? = nil
    ) throws -> sending any TappedTransformer {
        switch options.backend {
        case .vulkan(let selection):
            try options.check()
            return try vulkan(options, on: Device(selection), progress: progress)
        case .cpu: return try reference(options)
        }
    }

    /// The engine that `options` ask for, for many sequences.
    package func engine(_ options: LoadOptions, progress: Progress? = nil) throws -> sending any Engine {
        try options.check()
        switch options.backend {
        case .vulkan(let selection): return try vulkanEngine(options, on: Device(selection), progress: progress)
        case .cpu:
            let contextLength = contextLength(options)
            try MemoryPlan.checkHost(configuration, contextLength: contextLength)
            return try ReferenceEngine(
                file: file, configuration: configuration, contextLength: contextLength, slots: options.sequences,
                chunk: options.chunk, keyCacheType: options.keyCacheType, valueCacheType: options.valueCacheType,
                threads: options.threads)
        }
    }

    /// An engine on a device that is open already; `options.backend` does not matter.
    ///
    /// - Parameter keepsWindows: whether layers with a window keep all positions like the others.
    package func vulkanEngine(
        _ options: LoadOptions, on device: Device, keepsWindows: Bool = false, progress: Progress? = nil
    ) throws -> VulkanEngine {
        try options.check()
        if options.tunesKernels { try device.tune() }
        let precision = try precision(options, on: device)
        let engine = try VulkanEngine(
            file: file, configuration: configuration, device: device, contextLength: contextLength(options),
            slots: options.sequences, chunk: options.chunk, drafts: options.lookup, keyCacheType: options.keyCacheType,
            valueCacheType: options.valueCacheType, gpuLayers: options.gpuLayers, keepsWindows: keepsWindows,
            fuses: options.fusesKernels, precision: precision, progress: progress)
        let placement = engine.placement
        if options.gpuLayers == nil, !placement.isWhole {
            options.logger.warning(
                "Only \(placement.devicePartCount) of \(placement.partCount) layers, the head among them, fit the memory of \(device.description.name); it reads the others across the bus, which is slower"
            )
        }
        return engine
    }

    /// What `options` ask of an engine on a device.
    package func request(_ options: LoadOptions, on device: Device) throws(GenerationError) -> EngineRequest {
        try options.check()
        return EngineRequest(
            contextLength: contextLength(options), slots: options.sequences, chunk: options.chunk,
            drafts: options.lookup,
            keyCacheType: options.keyCacheType, valueCacheType: options.valueCacheType,
            gpuLayers: options.gpuLayers, precision: Self.likelyPrecision(options, on: device))
    }

    /// What an engine on a device will be: nothing is read but the header, and nothing allocated.
    package func plan(_ options: LoadOptions, on device: Device) throws -> EnginePlan {
        try VulkanEngine.plan(
            request(options, on: device), ModelTensors(file, configuration), configuration, on: device)
    }

    /// The class that `precision` will most likely find: what nobody has looked at is taken for right, since nearly all is.
    private static func likelyPrecision(_ options: LoadOptions, on device: Device) -> PrecisionClass {
        let serves: Set<KernelProof> = [.proven, .untested]
        switch options.precision {
        case .exact, .half: return options.precision ?? .exact
        case .int8: return serves.contains(Int8Products.known(device)) ? .int8 : .exact
        case nil: return serves.contains(MatrixUnits.known(device)) ? .half : .exact
        }
    }

    /// How products of prompts are computed on a device, whose matrix units are looked at where they would serve.
    private func precision(_ options: LoadOptions, on device: Device) throws -> PrecisionClass {
        if options.precision == .exact { return .exact }
        if options.precision == .int8 { return try Self.int8(options, on: device) }
        let units = try MatrixUnits.prove(device)
        var tuning = KernelTuning(device)
        tuning.usesMatrixUnits = units == .proven
        let attention = units == .proven ? try AttentionUnits.prove(device, headDim: configuration.headDim) : .absent
        tuning.usesMatrixAttention = attention == .proven
        device.tuningOverride = tuning
        if units == .wrong || attention == .wrong {
            let (wrong, affected) = units == .wrong ? ("products", "prompts are") : ("attention", "that of prompts is")
            options.logger.warning(
                "The matrix units of \(device.description.name) give wrong \(wrong) with \(device.description.driver) \(device.description.driverInfo), so \(affected) computed without them, which is slower; a newer driver may help"
            )
        }
        return options.precision ?? (units == .proven ? .half : .exact)
    }

    /// The int8 class where a device's dot products are right.
    private static func int8(_ options: LoadOptions, on device: Device) throws -> PrecisionClass {
        let what: String
        switch try Int8Products.prove(device) {
        case .proven: return .int8
        case .absent: what = "has no dot products of bytes"
        case .wrong: what = "gives wrong dot products of bytes"
        case .untested: what = "had no memory to prove its dot products of bytes"
        }
        options.logger.warning(
            "\(device.description.name) \(what) with \(device.description.driver) \(device.description.driverInfo), so prompts are computed in f32, which may be slower; a newer driver may help"
        )
        return .exact
    }

    /// A transformer on a device that is open already; `options.backend` and `options.sequences` do not matter.
    package func vulkan(
        _ options: LoadOptions, on device: Device, progress: Progress? = nil
    ) throws -> VulkanTransformer {
        var options = options
        options.sequences = 1
        return VulkanTransformer(try vulkanEngine(options, on: device, keepsWindows: true, progress: progress))
    }

    /// A transformer of the plain formulas; `options.backend` does not matter.
    package func reference(_ options: LoadOptions) throws -> ReferenceTransformer {
        try options.check()
        let contextLength = contextLength(options)
        try MemoryPlan.checkHost(configuration, contextLength: contextLength)
        return try ReferenceTransformer(
            file: file, configuration: configuration, contextLength: contextLength,
            keyCacheType: options.keyCacheType, valueCacheType: options.valueCacheType, threads: options.threads)
    }

    private func contextLength(_ options: LoadOptions) -> Int {
        options.contextLength(trained: configuration.contextLength)
    }
}

extension LoadOptions {
    /// Throws where a value cannot be used.
    fileprivate func check() throws(GenerationError) {
        if let problem = validate() { throw GenerationError(.invalidOption, problem) }
    }
}
