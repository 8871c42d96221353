package import LlamaradaTensors
import LlamaradaText

/// The plain formula of a Llama model on the CPU, with the cache pages of many sequences.
///
/// Every sequence's rows are computed by themselves. With BLAS, the bits of a prompt depend on how it is cut into steps.
package final class ReferenceEngine: Engine {
    package let configuration: ModelConfiguration
    package let capacity: EngineCapacity
    package var memoryPlan: MemoryPlan? { nil }
    private var operations: ReferenceOperations
    /// By slot: of layers that see everything and of those with a window.
    private var tables: [(full: ReferencePageTable, windowed: ReferencePageTable?)]
    /// Layers by which pages they have.
    private let layers: [AttentionReach: [Int]]

    /// - Parameters:
    ///   - contextLength: most positions of a sequence.
    ///   - slots: sequences that can be under way at once; memory is only taken as they grow.
    ///   - chunk: most rows of a step.
    ///   - threads: how many threads compute; BLAS, too, is used on so many.
    package init(
        file: GGUFFile, configuration: ModelConfiguration, contextLength: Int, slots: Int = 1, chunk: Int = 512,
        pageSize: Int = EngineCapacity.usualPageSize, keyCacheType: KVCacheType = .f16,
        valueCacheType: KVCacheType = .f16, threads: Int, blas: BLAS? = .shared
    ) throws(CheckpointError) {
        self.configuration = configuration
        var capacity = EngineCapacity(
            contextLength: contextLength, slots: slots, pages: 0, pageSize: pageSize, chunk: chunk,
            rows: 1 << 32, wantedRows: 1 << 32)
        capacity.pages = slots * capacity.pagesPerSlot
        capacity.windowed = WindowedCapacity(
            configuration, contextLength: contextLength, slots: slots, pageSize: pageSize, chunk: chunk)
        self.capacity = capacity
        layers = Dictionary(grouping: 0..<configuration.layerCount) { [capacity] in
            capacity.windowed == nil ? .full : configuration.reach(ofLayer: $0)
        }
        operations = try ReferenceOperations(
            file: file, configuration: configuration, contextLength: contextLength, keyCacheType: keyCacheType,
            valueCacheType: valueCacheType, threads: threads, blas: blas)
        tables = Array(repeating: (.inOrder, nil), count: slots)
    }

    package func setPages(_ table: PageTable, ofSlot slot: Int) {
        tables[slot] = (
            ReferencePageTable(pages: table.full, pageSize: capacity.pageSize),
            capacity.windowed == nil ? nil : ReferencePageTable(pages: table.windowed, pageSize: capacity.pageSize)
        )
    }

    package func copyPages(_ copies: [PageCopy]) {
        for copy in copies {
            self.copy(copy.positions, from: copy.from, to: copy.to, .full)
            if let rooms = copy.rooms { self.copy(copy.positions, from: rooms.from, to: rooms.to, .windowed) }
        }
    }

    private func copy(_ positions: Int, from source: Int, to target: Int, _ reach: AttentionReach) {
        operations.cache.copy(
            positions, from: source * capacity.pageSize, to: target * capacity.pageSize,
            columns: configuration.kvDim, layers: layers[reach] ?? [])
    }

    package func poisonPages(_ pages: PageTable) {
        for (pages, reach) in [(pages.full, AttentionReach.full), (pages.windowed, .windowed)] {
            for page in pages {
                operations.cache.poison(
                    capacity.pageSize, from: page * capacity.pageSize, columns: configuration.kvDim,
                    layers: layers[reach] ?? [])
            }
        }
    }

    package func run(_ step: Step) throws -> [RowResult] {
        var results: [RowResult] = []
        for row in step.decoding { results += try run([row]) }
        var rest = step.prompt[...]
        while let first = rest.first {
            let rows = rest.prefix { $0.slot == first.slot }
            results += try run(Array(rows))
            rest = rest.dropFirst(rows.count)
        }
        return results
    }

    /// Neighbouring positions of one sequence.
    private func run(_ rows: [Step.Row]) throws -> [RowResult] {
        let wanted = rows.indices.filter { rows[$0].output != .nothing }
        operations.step = .init(
            rows.map(Self.token), at: rows[0].position, table: tables[rows[0].slot].full,
            windowedTable: tables[rows[0].slot].windowed, wanted: wanted)
        // Rows of one sequence want the same.
        let hasHead = !wanted.contains { rows[$0].output == .hidden }
        let logits = try Decoder(configuration).forward(&operations, wanted: wanted.count, hasHead: hasHead)
        var next = 0
        return rows.map { row in
            guard row.output != .nothing, let values = logits?.row(next) else { return RowResult() }
            next += 1
            return Self.result(row.output, values, mask: row.mask)
        }
    }

    /// Each step ends before the next begins, so that every token is known.
    private static func token(_ row: Step.Row) -> TokenID {
        require(row.token.id != nil, "ReferenceEngine", "a row of \(row.token)")
        return row.token.id ?? 0
    }

    /// What is made of a row's logits.
    private static func result(_ output: Step.Output, _ logits: [Float], mask: [UInt32]?) -> RowResult {
        var logits = logits
        let token: UInt32
        switch output {
        case .nothing: return RowResult()
        case .logits: return RowResult(logits: logits)
        case .hidden: return RowResult(hidden: logits)
        case .likeliest:
            if let mask { Reference.maskLogits(&logits, mask) }
            token = Reference.chosenToken(logits)
        case .sampled(let row, let changes):
            Reference.change(&logits, by: changes, row)
            if let mask { Reference.maskLogits(&logits, mask) }
            token = Reference.sampleToken(logits, row)
        }
        return RowResult(token: token == Reference.noToken ? nil : TokenID(bitPattern: token))
    }
}
