package import LlamaradaDevice

/// What operations of a step need besides their inputs, in device memory. Decoding rows come first.
package struct VulkanStep {
    /// (rows) token ids, or places in `chosen`: see `TokenWord`.
    package var tokens: View<UInt32>
    /// What the step before chose; nil where every token is known.
    package var chosen: View<UInt32>?
    /// Where each row's keys and values lie.
    package var cacheRows: CacheRows
    /// The same in layers with a window.
    package var windowedRows: CacheRows
    /// How many of the rows, the first ones, are decoding rows.
    package var decoding: Int
    /// (wanted) indices of the rows that logits are wanted of; nil takes the last ones.
    package var wanted: View<UInt32>?
    /// The largest number of cached positions that a token sees: for declared costs, and where a tap reads the cache.
    package var depth: Int
    /// Positions that any token may see: what recorded commands must serve.
    package var reach: Int

    /// - Parameters:
    ///   - windowedPages: the page tables of layers with a window, where they are not the same.
    ///   - reach: `depth` unless given.
    package init(
        tokens: View<UInt32>, chosen: View<UInt32>? = nil, cacheRows: CacheRows, windowedPages: View<UInt32>? = nil,
        decoding: Int,
        wanted: View<UInt32>? = nil, depth: Int, reach: Int? = nil
    ) {
        self.tokens = tokens
        self.chosen = chosen
        self.cacheRows = cacheRows
        windowedRows = cacheRows
        windowedRows.pages = windowedPages ?? cacheRows.pages
        self.decoding = decoding
        self.wanted = wanted
        self.depth = depth
        self.reach = reach ?? depth
    }

    package var rows: Int { tokens.count }

    /// Where each row's keys and values lie in layers of a reach.
    func rows(_ reach: AttentionReach) -> CacheRows { reach == .windowed ? windowedRows : cacheRows }
}

/// The table of a step: what the host writes before each run, one for each turn, and the device's copy.
struct VulkanStepTable {
    /// Most rows.
    let capacity: Int
    /// Words from one column to the next: a multiple of 256 bytes, the most that a binding's offset may have to be.
    private let stride: Int
    private let hosts: [HostView<UInt32>]
    private let table: View<UInt32>

    private enum Column: Int, CaseIterable { case tokens, positions, tables, wanted }

    init(capacity: Int, on device: Device) throws(DeviceError) {
        self.capacity = capacity
        stride = Self.stride(capacity)
        let count = Column.allCases.count * stride
        hosts = try VulkanStepTurns.each { () throws(DeviceError) in
            try device.allocateHost(UInt32.self, count: count, name: "step for the device")
        }
        table = try device.allocate(UInt32.self, count: count, name: "step")
    }

    private static func stride(_ capacity: Int) -> Int { Grid.divideRoundingUp(capacity, 64) * 64 }

    /// Fills in a step that will run with commands of `shape`.
    ///
    /// - Parameters:
    ///   - tableStart: where the page table of a slot begins.
    func write(_ step: Step, _ shape: StepShape, turn: Int, tableStart: (Int) -> Int) throws(DeviceError) {
        let host = hosts[turn]
        var wanted = 0
        func put(_ row: Step.Row?, at index: Int) {
            host.elements[Column.tokens.rawValue * stride + index] = row?.token.word ?? 0
            host.elements[Column.positions.rawValue * stride + index] = row.map { UInt32($0.position) } ?? 0
            host.elements[Column.tables.rawValue * stride + index] =
                row.map { UInt32(tableStart($0.slot)) } ?? CacheRows.noTable
        }
        func want(_ index: Int) {
            host.elements[Column.wanted.rawValue * stride + wanted] = UInt32(index)
            wanted += 1
        }
        for index in 0..<shape.decoding {
            put(index < step.decoding.count ? step.decoding[index] : nil, at: index)
            want(index)
        }
        for index in 0..<shape.prompt {
            let row = index < step.prompt.count ? step.prompt[index] : nil
            put(row, at: shape.decoding + index)
            if let row, row.output != .nothing { want(shape.decoding + index) }
        }
        // What fills up computes the first row's logits once more, which nobody looks at.
        while wanted < shape.decoding + shape.wantedPrompt { want(0) }
        try host.flush()
    }

    /// Records the copy to the device.
    func record(_ pass: inout Pass, turn: Int) { pass.copy(hosts[turn].view, to: table) }

    /// The step that commands of `shape` compute.
    func step(
        _ shape: StepShape, _ tables: PageTables, chosen: View<UInt32>, pageSize: Int, depth: Int, reach: Int
    ) -> VulkanStep {
        func column(_ column: Column, _ count: Int) -> View<UInt32> {
            table[column.rawValue * stride..<column.rawValue * stride + count]
        }
        return VulkanStep(
            tokens: column(.tokens, shape.rows), chosen: chosen,
            cacheRows: CacheRows(
                positions: column(.positions, shape.rows), tables: column(.tables, shape.rows), pages: tables.pages,
                pageSize: pageSize),
            windowedPages: tables.windowedPages, decoding: shape.decoding,
            wanted: shape.prompt == 0 ? nil : column(.wanted, shape.wanted), depth: depth, reach: reach)
    }
}

extension Step.Token {
    fileprivate var word: UInt32 {
        switch self {
        case .known(let id): UInt32(id)
        case .chosen(let row): TokenWord.chosen(at: row)
        }
    }
}
