import Dispatch
package import Llamarada
package import LlamaradaDevice
import LlamaradaErrors
package import LlamaradaTensors
import LlamaradaText

/// A comparison as a person asks for it: files, devices and a text.
package struct ComparisonRequest: Sendable {
    /// The model that is examined.
    package var model: String
    /// The file that it is compared with; nil compares backends on one file.
    package var against: String?
    /// A folder of tensors that it is compared with, instead of a file or a backend: its tokens are those compared.
    package var trace: String?
    /// Where the tensors of the examined side are written.
    package var dump: OutputFolder?
    /// One device is compared with the CPU, the second of two with the first; where `against` is given, the first
    /// computes both files.
    package var devices: [DeviceSelection] = [.automatic]
    /// Computes both files with the plain formulas.
    package var usesCPU = false
    package var text = ""
    package var parsesSpecial = false
    /// The text's first tokens that are compared.
    package var tokenLimit = 64
    /// The last of them, which run one at a time.
    package var decodeCount = 1
    package var chunk = 512
    package var threads = LoadOptions.defaultThreads
    package var keyCacheType = KVCacheType.f16
    package var valueCacheType = KVCacheType.f16
    package var tolerance = ComparisonTolerance()
    /// Whether fused kernels are used; nil leaves that to the device.
    package var fuses: Bool?
    /// How products of prompts are computed; nil leaves that to the device.
    package var precision: PrecisionClass?
    /// Runs every operation alone at once; otherwise only after something was found.
    package var runsEveryOperation = true
    /// Is told how far the loading of a model is.
    package var loading: ModelLoader.Progress?
    /// Changes the device's functions: how tests put broken kernels in.
    package var patch: (@Sendable () -> FunctionPatch)?

    package init(model: String) { self.model = model }

    /// Loads and compares on a thread of its own.
    ///
    /// - Parameters:
    ///   - progress: the share that is done, from 0 to 1.
    /// - Throws: `CheckpointError` about files, `DeviceError` about devices, `GenerationError` where the text or the
    ///   two files do not fit.
    package func run(progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil) async throws -> ComparisonReport
    {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "llamarada.comparison").async {
                continuation.resume(with: Result { try self.compare(progress: progress) })
            }
        }
    }

    /// Loads and compares on this thread.
    package func compare(progress: ((_ done: Int, _ total: Int) -> Void)? = nil) throws -> ComparisonReport {
        let file = try GGUFFile.open(path: model)
        let configuration = try ModelConfiguration(gguf: file)
        let tokenizer = try Tokenizer(gguf: file)
        let trace = try trace.map { path throws(CheckpointError) in try Trace(path: path, configuration: configuration)
        }
        let all = trace?.tokens ?? tokenizer.encode(text, addSpecial: true, parseSpecial: parsesSpecial)
        let tokens = trace == nil ? Array(all.prefix(tokenLimit)) : all
        guard !tokens.isEmpty else {
            throw GenerationError(
                .emptyText, "The text is empty, and this model adds no token of its own to start from")
        }
        let other = try against.map { try openOther($0, configuration, all) }
        let contextLength = max(2, tokens.count)
        let chunk = trace?.manifest.passes.map(\.tokenCount).max() ?? chunk
        let actual = try side(file, configuration, contextLength, device: devices.last ?? .automatic, chunk: chunk)
        let expected = try expectedSide(file, configuration, other, trace, contextLength)
        var comparison = Comparison(
            expected: expected.transformer, actual: actual.transformer, kind: kind,
            formulas: try formulas(file, configuration, contextLength), replay: nil, chunk: chunk)
        comparison.precision = (actual.transformer as? VulkanTransformer)?.engine.precision ?? .exact
        comparison.tolerance = tolerance
        comparison.decodeCount = decodeCount
        comparison.tracedPasses = trace?.passes
        comparison.dump = try dump.map { folder throws(CheckpointError) in
            try TensorDump(
                folder, DecoderOutline(configuration), tokens: tokens, about: about(configuration, actual.name))
        }
        if let trace { try check(trace, chunk, actual.transformer) }
        if runsEveryOperation { comparison.replay = actual.replay }
        var result = try comparison.run(tokens, progress: progress)
        try comparison.dump?.finish()
        comparison.dump = nil
        if let trace { try check(trace, result) }
        if !result.passes && comparison.replay == nil {
            comparison.replay = actual.replay
            result = try comparison.run(tokens, progress: progress)
        }
        return ComparisonReport(
            result: result, configuration: configuration, modelPath: model, expectedName: expected.name,
            actualName: actual.name, pieces: tokens.map { tokenizer.bytes(of: $0, showSpecial: true) },
            textTokenCount: all.count, keyCacheType: keyCacheType, valueCacheType: valueCacheType,
            nonFiniteWeight: result.verdict == .notFinite ? try nonFiniteWeight(file, other?.0) : nil)
    }

    /// The first weight of either file that is NaN or infinite, and its file.
    private func nonFiniteWeight(
        _ file: GGUFFile, _ other: GGUFFile?
    ) throws -> (path: String, weight: GGUFFile.NonFiniteWeight)? {
        for file in [file, other].compactMap({ $0 }) {
            if let weight = try file.firstNonFiniteWeight() { return (file.path, weight) }
        }
        return nil
    }

    private var kind: ComparisonKind {
        trace != nil ? .trace : against != nil ? .files : devices.count > 1 ? .devices : .reference
    }

    /// An engine, what to call it, and how its operations run alone.
    private struct Side {
        var transformer: any TappedTransformer
        var name: String
        /// Nil where the side computes nothing.
        var replay: (any OperationReplay)?
    }

    private func expectedSide(
        _ file: GGUFFile, _ configuration: ModelConfiguration, _ other: (GGUFFile, ModelConfiguration)?,
        _ trace: Trace?, _ contextLength: Int
    ) throws -> Side {
        if let trace {
            let name = "the trace \(trace.path)" + (trace.side.map { " (\($0))" } ?? "")
            return Side(transformer: TracedSide(trace, configuration), name: name)
        }
        if let other, let against {
            var side = try side(other.0, other.1, contextLength, device: devices.first ?? .automatic, chunk: chunk)
            side.name = "\(against) (\(side.name))"
            return side
        }
        if devices.count > 1 { return try side(file, configuration, contextLength, device: devices[0], chunk: chunk) }
        return try cpuSide(file, configuration, contextLength)
    }

    private func side(
        _ file: GGUFFile, _ configuration: ModelConfiguration, _ contextLength: Int, device: DeviceSelection,
        chunk: Int
    ) throws -> Side {
        if usesCPU { return try cpuSide(file, configuration, contextLength) }
        let device = try Device(device, patch: patch?())
        let model = try ModelLoader(file, configuration).vulkan(
            loadOptions(contextLength: contextLength), on: device, progress: loading)
        let name = "\(device.description.index): \(device.description.name), \(device.description.driverInfo)"
        return Side(transformer: model, name: name, replay: VulkanReplay(model))
    }

    private func cpuSide(
        _ file: GGUFFile, _ configuration: ModelConfiguration, _ contextLength: Int
    ) throws -> Side {
        let model = try ModelLoader(file, configuration).reference(loadOptions(contextLength: contextLength))
        return Side(
            transformer: model, name: "the CPU reference",
            replay: try formulas(file, configuration, contextLength))
    }

    private func formulas(
        _ file: GGUFFile, _ configuration: ModelConfiguration, _ contextLength: Int
    ) throws -> ReferenceReplay {
        try ReferenceReplay(
            file: file, configuration: configuration, contextLength: contextLength, keyCacheType: keyCacheType,
            valueCacheType: valueCacheType, threads: threads)
    }

    /// Opens the other file and makes sure that its tensors can be laid beside those of the first.
    private func openOther(
        _ path: String, _ configuration: ModelConfiguration, _ tokens: [TokenID]
    ) throws -> (GGUFFile, ModelConfiguration) {
        let file = try GGUFFile.open(path: path)
        let other = try ModelConfiguration(gguf: file)
        let sizes: [(String, KeyPath<ModelConfiguration, Int>)] = [
            ("layers", \.layerCount), ("embedding elements", \.dim), ("heads", \.headCount),
            ("kv heads", \.kvHeadCount),
            ("elements of a head", \.headDim), ("feed-forward elements", \.ffnDim), ("tokens", \.vocabularySize),
        ]
        for (name, size) in sizes where configuration[keyPath: size] != other[keyPath: size] {
            throw GenerationError(
                .otherModel,
                "\(model) has \(configuration[keyPath: size]) \(name), \(path) has \(other[keyPath: size])",
                remedy: .other("Compare two files of one model"))
        }
        let theirs = try Tokenizer(gguf: file).encode(text, addSpecial: true, parseSpecial: parsesSpecial)
        guard theirs == tokens else {
            throw GenerationError(
                .otherModel, "\(model) and \(path) cut the text into other tokens",
                remedy: .other("Compare two files of one model"))
        }
        return (file, other)
    }
}

/// What a comparison found and between what.
package struct ComparisonReport: Sendable {
    package var result: ComparisonFindings
    package var configuration: ModelConfiguration
    package var modelPath: String
    package var expectedName: String
    package var actualName: String
    /// The bytes of every token's text.
    package var pieces: [[UInt8]]
    /// Tokens of the whole text, of which the first were compared.
    package var textTokenCount: Int
    package var keyCacheType: KVCacheType
    package var valueCacheType: KVCacheType
    /// Where tensors are not finite: the first weight that is not either, and the file that it is in.
    package var nonFiniteWeight: (path: String, weight: GGUFFile.NonFiniteWeight)?
}
