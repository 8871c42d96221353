import Llamarada
import LlamaradaDevice
package import LlamaradaLab
import LlamaradaTensors

/// Whether a model fits a device, as text or JSON: the verdict and what helps first.
package struct PlanReport: Sendable {
    let path: String
    let forecast: LoadForecast
    let spelling: @Sendable (LoadAdvice) -> String

    /// - Parameter spelling: an advice in the words of the caller, such as `-c 2048`.
    package init(path: String, forecast: LoadForecast, spelling: @escaping @Sendable (LoadAdvice) -> String) {
        self.path = path
        self.forecast = forecast
        self.spelling = spelling
    }

    var plan: EnginePlan? { forecast.file.plan }
    var memory: MemoryPlan? { plan?.memory }
    var request: EngineRequest { forecast.request }

    /// The verdict, what helps, then memory, heaps and other types.
    package var text: String {
        let head = "\(path.escapingControls) on \(forecast.device.name.escapingControls)\n\n"
        return head + verdict + advice + "\n" + parts + heaps + limits + speed + splits + types
    }

    // MARK: Verdict

    private var verdict: String {
        switch forecast.file.outcome {
        case .failure(let error): "DOES NOT FIT: \(error.problem.escapingControls).\n"
        case .success(let plan):
            plan.memory.fits ? fitting(plan) : missing(plan.memory)
        }
    }

    private func fitting(_ plan: EnginePlan) -> String {
        let all = plan.memory.heaps.filter { $0.peakByteCount > 0 }.map { heap in
            "\(HumanUnits.bytes(heap.peakByteCount)) of \(HumanUnits.bytes(heap.availableByteCount)) \(Self.name(heap))"
        }
        let line = "FITS\(splitNote(plan)): \(all.joined(separator: ", ")).\n"
        guard plan.isWhole else {
            return line + "  The cache holds \(plan.capacity.pages * plan.capacity.pageSize) tokens in all, not "
                + "\(request.slots) times \(request.contextLength): sequences may wait for each other.\n"
        }
        guard let longest = forecast.file.longestContext, longest > request.contextLength else { return line }
        return line + "  The longest context that fits: \(longest) tokens\(trainedNote(longest)).\n"
    }

    private func splitNote(_ plan: EnginePlan) -> String {
        guard !plan.placement.isWhole else { return "" }
        let (some, all) = (plan.placement.devicePartCount, plan.placement.partCount)
        return
            " IN PART, \(some) of \(all) layers, the head among them; the device reads the others in host memory, which "
            + "is slower"
    }

    private func trainedNote(_ longest: Int) -> String {
        longest == forecast.configuration.contextLength ? ", all that the model was trained for" : ""
    }

    private func missing(_ memory: MemoryPlan) -> String {
        memory.heaps.filter { $0.missingByteCount > 0 }.map { heap in
            "DOES NOT FIT: \(HumanUnits.bytes(heap.peakByteCount)) needed, "
                + "\(HumanUnits.bytes(heap.availableByteCount)) \(Self.name(heap)) free, "
                + "\(HumanUnits.bytes(heap.missingByteCount)) missing.\n"
        }.joined()
    }

    private static func name(_ heap: MemoryPlan.Heap) -> String { heap.isDevice ? "device memory" : "host memory" }

    // MARK: Advice

    private var advice: String {
        guard !forecast.advice.isEmpty else { return "" }
        let lines = Table<LoadAdvice>([
            Column("change", .left) { [spelling] in .text(spelling($0)) },
            Column("note", .left) { [request] in .text(Self.note($0, request)) },
        ])
        let head = forecast.file.fits ? "With any of these all of it fits" : "Any of these fits"
        return "\(head):\n" + lines.text(forecast.advice, headed: false)
    }

    private static func note(_ advice: LoadAdvice, _ request: EngineRequest) -> String {
        switch advice {
        case .context: "the longest context that fits, instead of \(request.contextLength)"
        case .cache(_, _, let context) where context < request.contextLength: "with a context of \(context)"
        case .cache: "a cache of fewer bytes, with the whole context"
        case .sequences: "instead of \(request.slots) at once"
        case .gpuLayers: "fewer layers in the device's memory"
        case .type(_, let byteCount): "\(HumanUnits.bytes(byteCount)) instead of this file"
        case .cpuBackend: "very slow; for comparison"
        }
    }

    // MARK: Memory

    private var parts: String {
        guard let plan else { return "" }
        let rows = MemoryPlan.Part.allCases.filter { plan.memory[$0] > 0 }
        return "Memory\n"
            + Table<MemoryPlan.Part>([
                Column("part", .left) { .text(Self.title($0)) },
                Column("bytes") { .integer(plan.memory[$0], .bytes) },
                Column("of", .left) { [self] in .text(note($0, plan.capacity)) },
            ]).text(rows, headed: false)
    }

    private static func title(_ part: MemoryPlan.Part) -> String {
        switch part {
        case .weights: "weights"
        case .hostWeights: "weights in host memory"
        case .cache: "cache"
        case .activations: "activations"
        case .logits: "logits"
        case .tables: "tables"
        case .angles: "rotary angles"
        case .staging: "staging"
        }
    }

    private func note(_ part: MemoryPlan.Part, _ capacity: EngineCapacity) -> String {
        switch part {
        case .weights: forecast.file.matrixTypes.map(\.name).joined(separator: ", ")
        case .hostWeights: "read across the bus"
        case .cache:
            "\(capacity.pages * capacity.pageSize) tokens, keys \(request.keyCacheType.rawValue), values "
                + request.valueCacheType.rawValue
        case .activations: "\(capacity.rows) rows a step"
        case .logits: "\(capacity.wantedRows) rows a step"
        case .tables: "\(capacity.slots) \(capacity.slots == 1 ? "sequence" : "sequences")"
        case .angles: "\(capacity.contextLength) positions"
        case .staging: "while the model is loaded"
        }
    }

    private var heaps: String {
        guard let memory else { return "" }
        return "\nHeaps\n" + Self.heapTable.text(memory.heaps)
    }

    static let heapTable = Table<MemoryPlan.Heap>([
        Column("heap", key: "index") { .integer($0.index) },
        Column("memory", key: "use", .left) { .text($0.isDevice ? "device" : "host") },
        Column("buffers", key: "used_bytes") { .integer($0.usedByteCount, .bytes) },
        Column("in blocks", key: "allocated_bytes") { .integer($0.allocatedByteCount, .bytes) },
        Column("while loading", key: "peak_bytes") { .integer($0.peakByteCount, .bytes) },
        Column("free", key: "available_bytes") { .integer($0.availableByteCount, .bytes) },
        Column("missing", key: "missing_bytes") { .integer($0.missingByteCount, .bytes) },
    ])

    private var limits: String {
        "\nLimits\n"
            + Facts.text([
                ("largest binding", HumanUnits.bytes(forecast.device.maxStorageBufferRange)),
                ("largest allocation", HumanUnits.bytes(Int(clamping: forecast.device.maxAllocationByteCount))),
            ])
    }

    // MARK: Speed

    private var speed: String {
        guard let peaks = forecast.peaks, let rate = forecast.decodingRate(forecast.file),
            let cost = forecast.file.emptyCost
        else { return "" }
        let sequences = request.slots == 1 ? "" : " of \(request.slots) sequences together"
        func fixed(_ number: Double) -> String { HumanUnits.fixed(number, digits: 1) }
        return """

            Speed, an estimate
              decoding: at most \(fixed(rate.empty)) tokens/s\(sequences), \(fixed(rate.full)) with a full context: \
            \(HumanUnits.bytes(cost.bytesRead)) a step at the \(fixed(peaks.readBandwidth / 1e9)) GB/s that were measured

            """
    }

    // MARK: Layers

    private var splits: String {
        guard !forecast.splits.isEmpty else { return "" }
        return "\nLayers in the device's memory, the head among them\n" + Self.splitTable.text(forecast.splits)
    }

    static let splitTable = Table<SplitForecast>([
        Column("layers", key: "gpu_layers") { .integer($0.placement.devicePartCount) },
        Column("device memory", key: "device_weight_bytes") { .integer($0.memory.weightByteCount, .bytes) },
        Column("host memory", key: "host_weight_bytes") { .integer($0.memory.hostWeightByteCount, .bytes) },
        Column("fits", key: "fits") { .flag($0.memory.fits) },
        Column("tokens/s at most", key: "most_tokens_per_second") {
            .number(orMissing: $0.mostTokensPerSecond, .fixed(1))
        },
    ])

    // MARK: Types

    private var types: String {
        "\nThis model in other types, with a context of \(request.contextLength)\n"
            + Self.typeTable(forecast).text(forecast.types) + mixedNote
    }

    private var mixedNote: String {
        forecast.types.contains { $0.matrixTypes.count > 1 }
            ? "  * rows that are no whole blocks have another type\n" : ""
    }

    static func typeTable(_ forecast: LoadForecast) -> Table<LoadCandidate> {
        let columns: [Column<LoadCandidate>] = [
            Column("type", .left) { .text(name($0) + ($0.matrixTypes.count > 1 ? "*" : "")) },
            Column(key: "type") { .text(orMissing: $0.elementType?.name) },
            Column(key: "matrix_types") { .nested(.array($0.matrixTypes.map { .string($0.name) })) },
            Column("file", key: "file_bytes") { .integer($0.fileByteCount, .bytes) },
            Column("weights", key: "weight_bytes") {
                .integer(orMissing: $0.plan.map { $0.memory.weightByteCount + $0.memory.hostWeightByteCount }, .bytes)
            },
            Column("all memory", key: "memory_bytes") { .integer(orMissing: $0.plan?.memory.byteCount, .bytes) },
            Column("fits", key: "fits") { .flag($0.fitsWhole) },
            Column("longest context", key: "longest_context_length") { .integer(orMissing: $0.longestContext) },
        ]
        guard forecast.peaks != nil else { return Table(columns) }
        return Table(
            columns + [
                Column("tokens/s at most", key: "most_tokens_per_second") {
                    .number(orMissing: forecast.decodingRate($0)?.empty, .fixed(1))
                },
                Column(key: "most_tokens_per_second_full") { .number(orMissing: forecast.decodingRate($0)?.full) },
            ])
    }

    private static func name(_ candidate: LoadCandidate) -> String { candidate.elementType?.name ?? "this file" }
}
