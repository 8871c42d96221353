package import LlamaradaDevice
import LlamaradaErrors
package import LlamaradaTensors
import LlamaradaText

/// A Llama model on a Vulkan device, and the cache pages of many sequences.
///
/// What changes from step to step (tokens, positions, page tables) lies in small buffers, so that the commands of a
/// shape are recorded once and submitted again for every later step of it: in decoding the host writes some words,
/// submits, and reads four bytes a row.
package final class VulkanEngine: Engine {
    package let configuration: ModelConfiguration
    package let capacity: EngineCapacity
    package let device: Device
    /// What the model takes in device memory.
    package let plan: MemoryPlan
    /// Which weights lie where.
    package let placement: WeightPlacement
    package var memoryPlan: MemoryPlan? { plan }
    package var deviceName: String? { device.description.name }
    package let weights: VulkanWeights
    package let cache: VulkanCache
    package let angles: VulkanAngles
    /// What is fused in decoding.
    package var fusion: KernelFusion { didSet { recorded = RecordedSteps() } }
    /// How products of prompts are computed.
    package let precision: PrecisionClass
    /// Tiles and splits for the steps that are recorded from now on; nil leaves them to the device.
    package var tuning: ((StepShape) -> KernelTuning)? { didSet { recorded = RecordedSteps() } }
    private let activations: VulkanActivations
    private let output: VulkanOutput
    private let table: VulkanStepTable
    private let tables: PageTables
    private let turns = VulkanStepTurns()
    private var recorded = RecordedSteps()

    /// Uploads the weights and makes every pipeline that decoding needs.
    ///
    /// - Parameters:
    ///   - contextLength: most positions of a sequence.
    ///   - slots: sequences that can be under way at once. The cache holds all of them to their full length, or as much
    ///     as a binding and the device's memory let it, at least one.
    ///   - chunk: most prompt rows of a step; fewer where the device's limits say so.
    ///   - drafts: rows that a sequence drafts, and for which everything is made ready.
    ///   - gpuLayers: how many layers lie in the device's memory: see `WeightPlacement`; nil is all that fit. Where memory
    ///     is unified all do.
    ///   - keepsWindows: whether layers with a window keep all positions like the others.
    ///   - precision: how products of prompts are computed.
    package init(
        file: GGUFFile, configuration c: ModelConfiguration, device: Device, contextLength: Int, slots: Int = 1,
        chunk: Int = 512, drafts: Int = 0, pageSize: Int = EngineCapacity.usualPageSize,
        keyCacheType: KVCacheType = .f16, valueCacheType: KVCacheType = .f16, gpuLayers: Int? = nil,
        keepsWindows: Bool = false, fuses: Bool? = nil, precision: PrecisionClass = .exact,
        progress: ((LoadProgress) throws -> Void)? = nil
    ) throws {
        let tensors = try ModelTensors(file, c)
        let request = EngineRequest(
            contextLength: contextLength, slots: slots, chunk: chunk, drafts: drafts, pageSize: pageSize,
            keyCacheType: keyCacheType, valueCacheType: valueCacheType, keepsWindows: keepsWindows,
            gpuLayers: gpuLayers, precision: precision)
        let enginePlan = try Self.plan(request, tensors, c, on: device)
        try enginePlan.memory.check(device.description, contextLength: contextLength)
        (capacity, placement, plan) = (enginePlan.capacity, enginePlan.placement, enginePlan.memory)
        configuration = c
        fusion = KernelFusion(fuses, KernelTuning(device))
        self.precision = precision
        self.device = device
        cache = try VulkanCache(c, capacity, keyType: keyCacheType, valueType: valueCacheType, on: device)
        activations = try VulkanActivations(
            c, capacity: capacity.rows, reach: capacity.decodingReach, precision: precision, on: device)
        output = try VulkanOutput(c, capacity: capacity.wantedRows, on: device)
        table = try VulkanStepTable(capacity: capacity.rows, on: device)
        tables = try PageTables(capacity, on: device)
        angles = try VulkanAngles(c, contextLength: contextLength, on: device)
        weights = try VulkanWeights(file, tensors, placement, on: device, progress: progress)
        try warmUp()
    }

    /// The steps of a model on a device that only compiles: they can be recorded, not run. Nothing is read or allocated.
    package init(
        outlining tensors: ModelTensors, configuration c: ModelConfiguration, device: Device, contextLength: Int,
        slots: Int = 1, chunk: Int, keyCacheType: KVCacheType, valueCacheType: KVCacheType, fuses: Bool? = nil,
        precision: PrecisionClass = .exact
    ) throws {
        require(device.purpose == .compiling || device.isOutlining, "VulkanEngine", "an outline on a device that runs")
        capacity = EngineSizes(
            c, device.description, contextLength: contextLength, slots: slots, chunk: chunk,
            pageSize: EngineCapacity.usualPageSize, keyCacheType: keyCacheType, valueCacheType: valueCacheType
        ).capacity(pages: slots * Grid.divideRoundingUp(contextLength, EngineCapacity.usualPageSize))
        plan = MemoryPlan(byteCounts: [:], heaps: [])
        placement = .everything(ofLayers: c.layerCount)
        configuration = c
        fusion = KernelFusion(fuses, KernelTuning(device))
        self.precision = precision
        self.device = device
        cache = try VulkanCache(c, capacity, keyType: keyCacheType, valueType: valueCacheType, on: device)
        activations = try VulkanActivations(
            c, capacity: capacity.rows, reach: capacity.decodingReach, precision: precision, on: device)
        output = try VulkanOutput(c, capacity: capacity.wantedRows, on: device)
        table = try VulkanStepTable(capacity: capacity.rows, on: device)
        tables = try PageTables(capacity, on: device)
        angles = try VulkanAngles(outlining: c, contextLength: contextLength, on: device)
        weights = try VulkanWeights(outlining: tensors, placement, on: device)
    }

    static func checkHeads(_ c: ModelConfiguration) throws(DeviceError) {
        // A lane's part of a head lies in registers, in loops that compilers unroll; real heads have 64 to 256 elements.
        guard c.headDim <= 512 else {
            throw DeviceError(
                .unsupported, "Heads have \(c.headDim) elements; the Vulkan backend computes at most 512",
                remedy: .cpuBackend)
        }
        guard c.headDim % 2 == 0 else {
            throw DeviceError(
                .unsupported,
                "A head dimension of \(c.headDim) is odd; the Vulkan backend needs pairs",
                remedy: .cpuBackend)
        }
    }

    /// Runs every pipeline once, since some drivers compile only then, and keeps what they compiled on disk.
    private func warmUp() throws {
        // What comes out does not matter here: a model of damaged weights is told apart when it is used.
        var decoding = [1]
        while let last = decoding.last, last < min(8, max(capacity.slots, 1 + capacity.drafts)) {
            decoding.append(2 * last)
        }
        for count in decoding where count <= min(capacity.rows, capacity.wantedRows) {
            for output in [Step.Output.likeliest, .sampled(.likeliest, changes: [LogitChange(0)])] {
                let rows = (0..<count).map { index in
                    Step.Row(
                        0, at: min(index, capacity.contextLength - 1), slot: min(index, capacity.slots - 1),
                        output: output)
                }
                _ = try run(Step(decoding: rows))
            }
        }
        let all = [UInt32](repeating: .max, count: TokenMask.rowWords(vocabulary: configuration.vocabularySize) - 1)
        _ = try run(Step(decoding: [Step.Row(0, at: 0, slot: 0, output: .likeliest, mask: all)]))
        try warmUpDeep()
        if capacity.chunk > 1 {
            _ = try run(Step(prompt: [Step.Row(0, at: 0, slot: 0), Step.Row(0, at: 1, slot: 0, output: .logits)]))
        }
        device.savePipelines()
    }

    /// Runs a shallow step by commands for the deepest, where those have a pipeline more.
    private func warmUpDeep() throws {
        let step = Step(decoding: [Step.Row(0, at: 0, slot: 0)])
        var shape = StepShape(step)
        guard capacity.contextLength > shape.depth else { return }
        shape.depth = StepShape.depth(reaching: capacity.contextLength)
        try prepare(step, as: shape)
        try commands(shape, turn: 0).sequence.run()
    }

    // MARK: Steps

    package func setPages(_ table: PageTable, ofSlot slot: Int) { tables.set(table, ofSlot: slot) }

    package func copyPages(_ copies: [PageCopy]) throws {
        guard !copies.isEmpty else { return }
        var pass = Pass(device)
        pass.scope = "copies of \(copies.count) pages"
        for (view, reach) in cache.halves {
            let page = view.count / capacity.pages(reach)
            for copy in copies {
                let (from, to) =
                    reach == .windowed ? (copy.rooms?.from ?? 0, copy.rooms?.to ?? 0) : (copy.from, copy.to)
                let count = page * copy.positions / capacity.pageSize
                pass.copy(view[from * page..<from * page + count], to: view[to * page..<to * page + count])
            }
        }
        try device.run(pass)
    }

    package func poisonPages(_ pages: PageTable) throws {
        for (view, reach) in cache.halves {
            let page = view.count / capacity.pages(reach)
            let nan = [UInt32](repeating: 0x7FFF_7FFF, count: page)
            for index in reach == .windowed ? pages.windowed : pages.full {
                try device.upload(nan, to: view[index * page..<(index + 1) * page])
            }
        }
    }

    package var stepsAtOnce: Int { VulkanStepTurns.count }

    package func run(_ step: Step) throws -> [RowResult] { try begin(step).finish() }

    package func begin(_ step: Step) throws -> any StepUnderWay {
        let turn = turns.take(givesRows: !StepShape(step).ending.isDisjoint(with: [.logits, .hidden]))
        do {
            try prepare(step, turn: turn)
            let (commands, isNew) = try commands(StepShape(step), turn: turn)
            try commands.submit()
            return VulkanStepUnderWay(commands, turn: turn, turns, isFirstOfItsKind: isNew) { [self] in
                try results(of: step, turn: turn)
            }
        } catch {
            turns.giveBack(turn)
            throw error
        }
    }

    /// Writes the step's table for commands of its shape, which the caller runs.
    package func prepare(_ step: Step, as shape: StepShape? = nil, turn: Int = 0) throws {
        check(step)
        try tables.send()
        let shape = shape ?? StepShape(step)
        try table.write(step, shape, turn: turn, tableStart: tables.start)
        guard !shape.ending.isDisjoint(with: [.sampled, .masked]) else { return }
        let filling = [Step.Row?](repeating: nil, count: shape.decoding - step.decoding.count)
        var rows = step.decoding + filling + step.prompt.filter { $0.output != .nothing }
        rows += Array(repeating: nil, count: shape.wanted - rows.count)
        if shape.ending.contains(.sampled) { try output.write(rows.map { $0?.output }, turn: turn) }
        if shape.ending.contains(.masked) { try output.writeMasks(rows.map { $0?.mask }, turn: turn) }
    }

    /// What the last run of a turn, a step's, gave.
    package func results(of step: Step, turn: Int = 0) throws -> [RowResult] {
        try output.invalidate(turn: turn)
        let filling = StepShape.bucket(step.decoding.count) - step.decoding.count
        // Row by row of the logits.
        var wanted = 0
        func result(_ row: Step.Row) -> RowResult {
            defer { wanted += 1 }
            switch row.output {
            case .nothing: return RowResult()
            case .likeliest, .sampled: return RowResult(token: output.token(row: wanted, turn: turn))
            case .logits: return RowResult(logits: output.logits(row: wanted))
            case .hidden: return RowResult(hidden: output.hidden(row: wanted))
            }
        }
        var results = step.decoding.map(result)
        wanted += filling
        for row in step.prompt { results.append(row.output == .nothing ? RowResult() : result(row)) }
        return results
    }

    /// The scheduler never asks for a step that does not fit; one that does would write beyond buffers.
    private func check(_ step: Step) {
        let shape = StepShape(step)
        require(
            !step.isEmpty && shape.rows <= capacity.rows && shape.wanted <= capacity.wantedRows, "step",
            "\(step.decoding.count) + \(step.prompt.count) rows, \(shape.wanted) wanted, of \(capacity)")
        for row in [step.decoding, step.prompt].joined() {
            // What the device chooses it has read of a row of logits.
            require(
                0..<configuration.vocabularySize ~= Int(row.token.id ?? 0) && 0..<capacity.contextLength ~= row.position
                    && 0..<capacity.slots ~= row.slot,
                "step", "token \(row.token) at \(row.position) of slot \(row.slot)")
        }
    }

    /// The commands for a shape, recorded now if they are new, or if the device has turned out to be of another speed
    /// than they were cut for.
    private func commands(_ shape: StepShape, turn: Int) throws -> (sequence: CommandSequence, isNew: Bool) {
        if let known = recorded[shape, turn], !known.isCutBadly { return (known, false) }
        recorded[shape, turn] = nil
        let sequence = try CommandSequence(
            pass(shape, depth: min(shape.depth, capacity.contextLength), turn: turn))
        recorded[shape, turn] = sequence
        return (sequence, true)
    }

    /// A step's operations as a list, not run.
    ///
    /// - Parameter depth: the largest number of cached positions that a row sees. The commands serve it and the shape's,
    ///   whichever is more; declared costs are its own.
    package func pass(_ shape: StepShape, depth: Int, turn: Int = 0) throws -> Pass {
        var pass = Pass(device)
        if let tuning { pass.tuning = tuning(shape) }
        try record(&pass, shape, depth: depth, turn: turn)
        pass.scope = "a step of \(shape.rows) rows"
        return pass
    }

    /// Records a step: (rows) ids to logits and chosen tokens. With a tap, much of it is run at once.
    package func record(
        _ pass: inout Pass, _ shape: StepShape, depth: Int, turn: Int = 0, tap: Tap? = nil
    ) throws {
        pass.scope = "embedding"
        table.record(&pass, turn: turn)
        var operations = operations(
            pass,
            step: table.step(
                shape, tables, chosen: output.chosen, pageSize: capacity.pageSize, depth: depth,
                reach: min(max(shape.depth, depth), capacity.contextLength)),
            cache: { [cache] in cache[$0, $1] },
            room: { [activations, output] activation, rows, columns in
                switch activation {
                case .wanted, .finalNorm, .logits: output.room(activation, rows: rows, columns: columns)
                default: activations.room(activation, rows: rows, columns: columns)
                }
            })
        let decoder = Decoder(configuration)
        let logits: VulkanTensor?
        if let tap {
            logits = try decoder.forward(&operations, wanted: shape.wanted, showing: tap)
        } else {
            logits = try decoder.forward(&operations, wanted: shape.wanted, hasHead: !shape.isHeadless)
        }
        pass = operations.pass
        if shape.ending.contains(.hidden) { output.recordHidden(&pass, rows: shape.wanted) }
        if let logits, !shape.isHeadless { output.record(&pass, logits, shape.ending, turn: turn) }
    }

    /// The model's operations for a step, with a cache and room for activations that the caller chooses.
    package func operations(
        _ pass: Pass, step: VulkanStep, cache: @escaping (CacheSide, _ layer: Int) -> VulkanTensor.CachedRows,
        room: @escaping (Activation, _ rows: Int, _ columns: Int) throws -> View<Float>
    ) -> VulkanOperations {
        VulkanOperations(
            pass: pass, weights: weights, cache: cache, angles: angles, step: step, room: room,
            partials: activations.partials, roundingRoom: activations.rounded, fusion: fusion)
    }
}
