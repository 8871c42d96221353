import LlamaradaDevice
import LlamaradaErrors

extension EngineCapacity {
    /// Positions of a page where nobody says otherwise: a multiple of every subgroup size up to 32, small enough that a
    /// sequence wastes little and that prefixes are shared closely.
    package static let usualPageSize = 32

    /// Entries of a sequence's page table.
    package var pagesPerSlot: Int { Grid.divideRoundingUp(contextLength, pageSize) }

    /// Decoding rows of a step, and positions that they may see.
    var decodingReach: (rows: Int, positions: Int) { (StepShape.bucket(max(slots, 1 + drafts)), contextLength) }
}

/// How large an engine's buffers may be on a device.
struct EngineSizes {
    private let configuration: ModelConfiguration
    private let device: DeviceDescription
    private let contextLength: Int
    private let slots: Int
    private let pageSize: Int
    private let chunk: Int
    private let drafts: Int
    private let rows: Int
    private let keyCacheType: KVCacheType
    private let valueCacheType: KVCacheType
    private let windowed: WindowedCapacity?
    /// Bytes of a layer's keys, or values, of one position, whichever are larger.
    private let largestPerPosition: Int

    init(
        _ configuration: ModelConfiguration, _ device: DeviceDescription, contextLength: Int, slots: Int, chunk: Int,
        drafts: Int = 0, pageSize: Int, keyCacheType: KVCacheType, valueCacheType: KVCacheType,
        keepsWindows: Bool = false
    ) {
        self.configuration = configuration
        self.device = device
        self.contextLength = contextLength
        self.slots = slots
        self.drafts = drafts
        self.pageSize = pageSize
        self.keyCacheType = keyCacheType
        self.valueCacheType = valueCacheType
        let limit = max(1, device.maxStorageBufferRange / (4 * Self.widestActivation(configuration)))
        self.chunk = max(1, min(chunk, contextLength, StepShape.roundedDown(limit)))
        var windowed =
            keepsWindows
            ? nil
            : WindowedCapacity(
                configuration, contextLength: contextLength, slots: slots, pageSize: pageSize, chunk: self.chunk)
        largestPerPosition =
            configuration.kvHeadCount
            * max(
                keyCacheType.byteCount(headDim: configuration.headDim),
                valueCacheType.byteCount(headDim: configuration.headDim))
        windowed?.fit(device.maxStorageBufferRange / (pageSize * largestPerPosition))
        self.windowed = windowed
        // Beside a whole chunk of a prompt, every other sequence may decode.
        rows = StepShape.roundedDown(
            min(StepShape.bucket(self.chunk) + (slots > 1 ? StepShape.bucket(slots) : 0), limit))
    }

    /// Columns of the widest activation.
    private static func widestActivation(_ c: ModelConfiguration) -> Int {
        max(c.ffnDim, c.dim, c.headCount * c.headDim)
    }

    /// Bytes of keys and values of one position, all layers.
    private var perPosition: Int {
        MemoryPlan.cacheByteCount(configuration, keyType: keyCacheType, valueType: valueCacheType)
    }

    /// Bytes of the cache with so many pages for layers that keep everything.
    private func cacheByteCount(pages: Int) -> Int {
        let perLayer = pageSize * perPosition / configuration.layerCount
        return perLayer * (pages * (configuration.layerCount - windowedLayerCount) + windowedPageCount)
    }

    private var windowedLayerCount: Int { windowed == nil ? 0 : configuration.windowedLayerCount }

    /// Pages of all windowed layers together.
    private var windowedPageCount: Int { windowedLayerCount * (windowed?.pages ?? 0) }

    /// Throws where a sequence's buffers would exceed what the device binds.
    func check() throws(DeviceError) {
        // Divided before anything is multiplied: a file or a caller chooses both numbers.
        guard contextLength <= (1 << 56) / (perPosition + 8 * configuration.headDim) else {
            throw DeviceError(
                .outOfMemory, "A context of \(contextLength) tokens takes \(perPosition) bytes each",
                remedy: .shorterContext)
        }
        try checkBindings()
    }

    private func checkBindings() throws(DeviceError) {
        try MemoryPlan.checkBinding(
            contextLength: contextLength, pageSize: pageSize, perPosition: largestPerPosition, device)
        let angles = 8 * (configuration.ropeDimensionCount / 2) * contextLength
        let tables = slots.multipliedReportingOverflow(by: 4 * Grid.divideRoundingUp(contextLength, pageSize))
        let buffers: [(String, Int, Remedy)] = [
            (
                "the page tables of \(slots) sequences take", tables.overflow ? .max : tables.partialValue,
                .shorterContext
            ),
            ("the rotary angles of \(contextLength) tokens take", angles, .shorterContext),
            ("the activations of one token take", 4 * Self.widestActivation(configuration), .cpuBackend),
            ("the logits of one token take", 4 * configuration.vocabularySize, .cpuBackend),
        ]
        for (what, byteCount, remedy) in buffers where byteCount > device.maxStorageBufferRange {
            throw DeviceError(
                .unsupported,
                "\(device.name) binds at most \(device.maxStorageBufferRange) bytes; \(what) \(byteCount)",
                remedy: remedy)
        }
    }

    /// Which weights lie where.
    ///
    /// - Parameters:
    ///   - gpuLayers: nil is all that fit beside the cache of one sequence.
    ///   - outline: the memory of an engine of such a capacity, its weights placed so.
    func placement(
        gpuLayers: Int?, _ outline: (EngineCapacity, WeightPlacement) throws(DeviceError) -> MemoryPlan
    ) throws(DeviceError) -> WeightPlacement {
        let layers = configuration.layerCount
        guard device.heaps.contains(where: { $0.use == .host }) else { return .everything(ofLayers: layers) }
        if let gpuLayers { return WeightPlacement(gpuLayers, ofLayers: layers) }
        let least = capacity(pages: Grid.divideRoundingUp(contextLength, pageSize))
        return try .most(ofLayers: layers) { placement throws(DeviceError) in
            Self.missing(try outline(least, placement)) <= 0
        }
    }

    /// Bytes that the device's memory, all heaps of it together, lacks to hold a plan and what is left free.
    private static func missing(_ memory: MemoryPlan) -> Int {
        memory.heaps.filter(\.isDevice).reduce(margin) { missing, heap in
            let (rest, overflows) = missing.subtractingReportingOverflow(heap.availableByteCount)
            return (overflows ? Int.min / 2 : rest) + heap.usedByteCount
        }
    }

    /// Sizes and their memory: pages for every sequence, or for as many as fit, at least for one.
    ///
    /// - Parameter outline: the memory of an engine of such a capacity.
    func plan(
        _ placement: WeightPlacement, _ outline: (EngineCapacity, WeightPlacement) throws(DeviceError) -> MemoryPlan
    ) throws(DeviceError) -> EnginePlan {
        let perSlot = Grid.divideRoundingUp(contextLength, pageSize)
        let bound = device.maxStorageBufferRange / (pageSize * largestPerPosition)
        let wanted = slots.multipliedReportingOverflow(by: perSlot)
        var capacity = capacity(pages: max(perSlot, min(wanted.overflow ? .max : wanted.partialValue, bound)))
        var memory = try outline(capacity, placement)
        let missing = Self.missing(memory)
        if missing > 0, capacity.pages > perSlot {
            let perPage = max(1, cacheByteCount(pages: 1) - cacheByteCount(pages: 0))
            capacity.pages = max(perSlot, capacity.pages - Grid.divideRoundingUp(missing, perPage))
            memory = try outline(capacity, placement)
        }
        return EnginePlan(capacity: capacity, placement: placement, memory: memory)
    }

    /// Left free where cache or weights take what there is: drivers need some, and blocks of memory are not filled to
    /// the end.
    static let margin = 256 << 20

    func capacity(pages: Int) -> EngineCapacity {
        EngineCapacity(
            contextLength: contextLength, slots: slots, pages: pages, pageSize: pageSize, windowed: windowed,
            chunk: chunk, drafts: drafts, rows: rows,
            wantedRows: VulkanOutput.rowCapacity(configuration, rows: rows, device))
    }
}
