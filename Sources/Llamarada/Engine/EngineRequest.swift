/// How much an engine is to hold, and of what kind.
package struct EngineRequest: Sendable, Equatable {
    /// Most positions of a sequence.
    package var contextLength: Int
    /// Sequences that can be under way at once.
    package var slots: Int
    /// Most prompt rows of a step.
    package var chunk: Int
    /// Rows that a sequence drafts, and for which everything is made ready.
    package var drafts: Int
    /// Positions of a page.
    package var pageSize: Int
    package var keyCacheType: KVCacheType
    package var valueCacheType: KVCacheType
    /// Whether layers with a window keep all positions like the others.
    package var keepsWindows: Bool
    /// How many layers lie in the device's memory: see `WeightPlacement`; nil is all that fit.
    package var gpuLayers: Int?
    /// How products of prompts are computed.
    package var precision: PrecisionClass

    package init(
        contextLength: Int, slots: Int = 1, chunk: Int = 512, drafts: Int = 0,
        pageSize: Int = EngineCapacity.usualPageSize,
        keyCacheType: KVCacheType = .f16, valueCacheType: KVCacheType = .f16, keepsWindows: Bool = false,
        gpuLayers: Int? = nil, precision: PrecisionClass = .exact
    ) {
        self.contextLength = contextLength
        self.slots = slots
        self.chunk = chunk
        self.drafts = drafts
        self.pageSize = pageSize
        self.keyCacheType = keyCacheType
        self.valueCacheType = valueCacheType
        self.keepsWindows = keepsWindows
        self.gpuLayers = gpuLayers
        self.precision = precision
    }
}

/// What an engine is going to be: its sizes and their memory.
package struct EnginePlan: Sendable, Equatable {
    package var capacity: EngineCapacity
    /// Which weights lie where.
    package var placement: WeightPlacement
    package var memory: MemoryPlan

    /// Whether every sequence has a cache of its full length.
    package var isWhole: Bool { capacity.pages >= capacity.slots * capacity.pagesPerSlot }
}
