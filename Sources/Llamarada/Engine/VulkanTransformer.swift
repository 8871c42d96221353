package import LlamaradaDevice
import LlamaradaErrors
package import LlamaradaTensors
package import LlamaradaText

/// A Llama model on a Vulkan device.
///
/// Every position-dependent number (token ids, positions) lies in a small buffer, so that the commands of a chunk of n
/// tokens are recorded once and submitted again for every later chunk of n: in decoding the host writes eight bytes,
/// submits, and reads four.
package final class VulkanTransformer: TappedTransformer {
    package let configuration: ModelConfiguration
    package let contextLength: Int
    package let device: Device
    /// Is shown every intermediate tensor, in the order of computation; slow, since each is read back.
    package var tap: ((TappedTensor) -> Void)?
    package var tappedChunk: Int { output.rowCapacity }
    /// What the model takes in device memory.
    package let plan: MemoryPlan

    package let weights: VulkanWeights
    package let cache: VulkanCache
    let activations: VulkanActivations
    package let angles: View<SIMD2<Float>>  // (contextLength, pairs)
    /// Whether fused kernels are used where there are some.
    package let fuses: Bool
    let output: VulkanOutput
    private var sequences: [SequenceKey: CommandSequence] = [:]
    var cachedCount = 0

    /// What a recorded sequence ends in.
    package enum Ending: Hashable, Sendable {
        case nothing, lastLogits, allLogits, argmax
    }

    private struct SequenceKey: Hashable {
        var tokens: Int
        var ending: Ending
    }

    /// Uploads the weights and makes every pipeline that decoding needs.
    ///
    /// - Parameters:
    ///   - contextLength: the most tokens that the cache may hold.
    ///   - chunk: the most tokens of one pass; fewer where the device's limits say so.
    package init(
        file: GGUFFile, configuration c: ModelConfiguration, device: Device, contextLength: Int, chunk: Int = 512,
        keyCacheType: KVCacheType = .f16, valueCacheType: KVCacheType = .f16, fuses: Bool? = nil,
        progress: ((LoadProgress) throws -> Void)? = nil
    ) throws {
        // A lane's part of a head lies in registers, in loops that compilers unroll; real heads have 64 to 256 elements.
        guard c.headDim <= 1024 else {
            throw DeviceError(
                .unsupported, "Heads have \(c.headDim) elements; the Vulkan backend computes at most 1024",
                remedy: .cpuBackend)
        }
        guard c.headDim % 2 == 0 else {
            throw DeviceError(
                .unsupported,
                "A head dimension of \(c.headDim) is odd; the Vulkan backend needs pairs",
                remedy: .cpuBackend)
        }
        let tensors = try ModelTensors(file, c)
        let capacity = Self.capacity(c, device.description, contextLength: contextLength, chunk: chunk)
        // Divided before anything is multiplied: a file or a caller chooses both numbers.
        let perPosition = MemoryPlan.cacheByteCount(c, keyType: keyCacheType, valueType: valueCacheType)
        guard contextLength <= (1 << 56) / (perPosition + 8 * c.headDim) else {
            throw DeviceError(
                .outOfMemory, "A context of \(contextLength) tokens takes \(perPosition) bytes each",
                remedy: .shorterContext)
        }
        plan = MemoryPlan(
            weightByteCount: VulkanWeights.byteCount(tensors), cacheByteCount: contextLength * perPosition,
            activationByteCount: VulkanActivations.byteCount(c, capacity: capacity))
        try plan.check(device.description, contextLength: contextLength)
        try MemoryPlan.checkBinding(
            c, contextLength: contextLength,
            largestElementByteCount: max(keyCacheType.elementByteCount, valueCacheType.elementByteCount),
            device.description)
        try Self.checkBindings(c, contextLength: contextLength, device.description)
        configuration = c
        self.fuses = fuses ?? KernelTuning(device).fusesKernels
        self.contextLength = contextLength
        self.device = device
        cache = try VulkanCache(
            c, contextLength: contextLength, keyType: keyCacheType, valueType: valueCacheType, on: device)
        activations = try VulkanActivations(c, capacity: capacity, on: device)
        output = try VulkanOutput(vocabulary: c.vocabularySize, dim: c.dim, capacity: capacity, on: device)
        let table = RoPETable(c, contextLength: contextLength)
        let values = try device.allocate(Float.self, count: table.values.count, name: "rotary angles")
        try device.upload(table.values, to: values)
        angles = values.bound(to: SIMD2<Float>.self)
        weights = try VulkanWeights(file, tensors, on: device, progress: progress)
        try warmUp()
    }

    /// Throws where a buffer other than the cache would exceed what a binding can span.
    private static func checkBindings(
        _ c: ModelConfiguration, contextLength: Int, _ device: DeviceDescription
    ) throws(DeviceError) {
        let angles = 8 * (c.ropeDimensionCount / 2) * contextLength
        let buffers: [(String, Int, Remedy)] = [
            ("the rotary angles of \(contextLength) tokens take", angles, .shorterContext),
            ("the activations of one token take", 4 * widestActivation(c), .cpuBackend),
            ("the logits of one token take", 4 * c.vocabularySize, .cpuBackend),
        ]
        for (what, byteCount, remedy) in buffers where byteCount > device.maxStorageBufferRange {
            throw DeviceError(
                .unsupported,
                "\(device.name) binds at most \(device.maxStorageBufferRange) bytes; \(what) \(byteCount)",
                remedy: remedy)
        }
    }

    /// The passes of a model on a device that only compiles: they can be recorded, not run. Nothing is read or allocated.
    package init(
        outlining tensors: ModelTensors, configuration c: ModelConfiguration, device: Device, contextLength: Int,
        chunk: Int, keyCacheType: KVCacheType, valueCacheType: KVCacheType, fuses: Bool? = nil
    ) throws {
        require(device.purpose == .compiling, "VulkanTransformer", "an outline on a device that runs")
        let capacity = Self.capacity(c, device.description, contextLength: contextLength, chunk: chunk)
        plan = MemoryPlan(weightByteCount: 0, cacheByteCount: 0, activationByteCount: 0)
        configuration = c
        self.fuses = fuses ?? KernelTuning(device).fusesKernels
        self.contextLength = contextLength
        self.device = device
        cache = try VulkanCache(
            c, contextLength: contextLength, keyType: keyCacheType, valueType: valueCacheType, on: device)
        activations = try VulkanActivations(c, capacity: capacity, on: device)
        output = try VulkanOutput(vocabulary: c.vocabularySize, dim: c.dim, capacity: capacity, on: device)
        angles = try device.allocate(
            SIMD2<Float>.self, count: contextLength * c.ropeDimensionCount / 2, name: "rotary angles")
        weights = try VulkanWeights(outlining: tensors, on: device)
    }

    /// The most tokens of one pass, and of one that gives the logits of all.
    package var tokenCapacities: (forward: Int, allLogits: Int) { (activations.capacity, output.rowCapacity) }

    /// Columns of the widest activation.
    private static func widestActivation(_ c: ModelConfiguration) -> Int {
        max(c.ffnDim, c.dim, c.headCount * c.headDim)
    }

    /// The most tokens of one pass.
    private static func capacity(
        _ c: ModelConfiguration, _ device: DeviceDescription, contextLength: Int, chunk: Int
    ) -> Int {
        max(1, min(chunk, contextLength, device.maxStorageBufferRange / (4 * widestActivation(c))))
    }

    /// Runs every pipeline once, since some drivers compile only then, and keeps what they compiled on disk.
    private func warmUp() throws {
        // What comes out does not matter here: a model of damaged weights is told apart when it is used.
        try run([0], at: 0, chunk: 1, before: .nothing, last: .argmax) { _ in }
        if activations.capacity > 1 { try run([0, 0], at: 0, chunk: 2, before: .nothing, last: .lastLogits) { _ in } }
        cachedCount = 0
        device.savePipelines()
    }

    package func forward(_ tokens: [TokenID], at position: Int, logits: LogitsRequest) throws -> Matrix {
        let ending: Ending = logits == .all ? .allLogits : .lastLogits
        let chunk = logits == .all ? output.rowCapacity : activations.capacity
        var values: [Float] = []
        try run(
            tokens, at: position, chunk: chunk, before: logits == .all ? .allLogits : .nothing,
            last: logits == .none ? .nothing : ending
        ) { rows in values += try output.logits(rows: rows) }
        let rows = values.count / configuration.vocabularySize
        return Matrix(rows: rows, columns: configuration.vocabularySize, values: values)
    }

    package func greedy(after tokens: [TokenID], at position: Int) throws -> TokenID {
        try run(tokens, at: position, chunk: activations.capacity, before: .nothing, last: .argmax) { _ in }
        return try output.chosenToken()
    }

    /// Runs tokens in chunks; `collect` is called after each that has logits, with their number of rows.
    private func run(
        _ tokens: [TokenID], at position: Int, chunk: Int, before: Ending, last: Ending, collect: (Int) throws -> Void
    ) throws {
        require(
            position >= 0 && position <= cachedCount && position + tokens.count <= contextLength && !tokens.isEmpty,
            "forward", "\(tokens.count) tokens at \(position), \(cachedCount) of \(contextLength) cached")
        for start in stride(from: 0, to: tokens.count, by: chunk) {
            let end = min(tokens.count, start + chunk)
            try Task.checkCancellation()
            let ending = end == tokens.count ? last : before
            try writeInput(tokens[start..<end], at: position + start)
            if tap == nil {
                try sequence(SequenceKey(tokens: end - start, ending: ending)).run()
            } else {
                var pass = Pass(device)
                try record(&pass, tokens: end - start, depth: position + end, ending: ending, tap: tap)
                try device.run(pass)
            }
            cachedCount = position + end
            if ending == .allLogits { try collect(end - start) }
            if ending == .lastLogits { try collect(1) }
        }
    }

    /// Writes the input of a pass over `tokens` that the caller runs: see `pass(tokens:depth:ending:)`.
    package func prepare(_ tokens: ArraySlice<TokenID>, at position: Int) throws {
        require(
            position >= 0 && position <= cachedCount && position + tokens.count <= contextLength && !tokens.isEmpty,
            "forward", "\(tokens.count) tokens at \(position), \(cachedCount) of \(contextLength) cached")
        try writeInput(tokens, at: position)
    }

    /// Notes that a pass which the caller ran has filled the cache.
    package func finish(_ count: Int, at position: Int) { cachedCount = position + count }

    /// The token that the last pass chose. Throws `NonFiniteLogits` where there is none.
    package func chosenToken() throws -> TokenID { try output.chosenToken() }

    /// The forward pass of n tokens as a list of operations, not run.
    ///
    /// - Parameter depth: the largest number of cached positions that a token sees, for declared costs alone.
    package func pass(tokens n: Int, depth: Int, ending: Ending) throws -> Pass {
        var pass = Pass(device)
        try record(&pass, tokens: n, depth: depth, ending: ending)
        pass.scope = "the forward pass of \(n) tokens"
        return pass
    }

    /// The recorded commands for a chunk, recorded now if they are new, or if the device has turned out to be of another
    /// speed than they were cut for. Those of one token stay; odd chunk sizes come once and are not kept for ever: a
    /// prompt's last chunk can be of any size.
    private func sequence(_ key: SequenceKey) throws -> CommandSequence {
        if let known = sequences[key], !known.isCutBadly { return known }
        sequences[key] = nil
        if sequences.count >= 6 { sequences = sequences.filter { $0.key.tokens == 1 } }
        let sequence = try CommandSequence(pass(tokens: key.tokens, depth: contextLength, ending: key.ending))
        sequences[key] = sequence
        return sequence
    }

    func writeInput(_ tokens: ArraySlice<TokenID>, at position: Int) throws(DeviceError) {
        let words = activations.hostInput.elements
        for (index, token) in tokens.enumerated() {
            require(
                token >= 0 && token < configuration.vocabularySize, "Embedding",
                "token \(token) of \(configuration.vocabularySize)")
            words[index] = UInt32(token)
            words[activations.positionStart + index] = UInt32(position + index)
        }
        try activations.hostInput.flush()
    }

    /// The forward pass of n tokens: (n) ids to logits or a chosen token.
    private func record(
        _ pass: inout Pass, tokens n: Int, depth: Int, ending: Ending, tap: ((TappedTensor) -> Void)? = nil
    ) throws {
        let a = activations
        pass.scope = "embedding"
        pass.copy(a.hostInput.view, to: a.input)
        let step = VulkanStep(
            tokens: a.input[0..<n], positions: a.input[a.positionStart..<a.positionStart + n], depth: depth)
        var operations = operations(
            pass, step: step, cache: { [cache] in cache[$0, $1] },
            room: { [output] activation, rows, columns in
                switch activation {
                case .wanted, .finalNorm, .logits: output.room(activation, rows: rows, columns: columns)
                default: a.room(activation, rows: rows, columns: columns)
                }
            })
        let wanted = ending == .nothing ? 0 : ending == .allLogits ? n : 1
        let logits: VulkanTensor?
        if let tap {
            var tapped = TappedOperations(operations, tap: tap)
            logits = try Decoder(configuration).forward(&tapped, wanted: wanted)?.base
            pass = tapped.base.pass
        } else {
            logits = try Decoder(configuration).forward(&operations, wanted: wanted)
            pass = operations.pass
        }
        if let logits { end(&pass, logits.view, ending) }
    }

    /// The model's operations for a step, with a cache and room for activations that the caller chooses.
    package func operations(
        _ pass: Pass, step: VulkanStep, cache: @escaping (CacheSide, _ layer: Int) -> VulkanTensor.CachedRows,
        room: @escaping (Activation, _ rows: Int, _ columns: Int) throws -> View<Float>
    ) -> VulkanOperations {
        VulkanOperations(
            pass: pass, weights: weights, cache: cache, angles: angles, step: step, room: room, fuses: fuses)
    }

    /// What is made of the logits.
    private func end(_ pass: inout Pass, _ logits: View<Float>, _ ending: Ending) {
        switch ending {
        case .nothing: return
        case .lastLogits, .allLogits: return pass.copy(logits, to: output.hostLogits.view[0..<logits.count])
        case .argmax: pass.argmax(logits, into: output.chosen)
        }
        pass.copy(output.chosen, to: output.hostChosen.view)
    }
}
