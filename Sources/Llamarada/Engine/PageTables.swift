import LlamaradaDevice

/// The page tables of all slots in device memory. They change seldom, once in a page's worth of tokens, so they are sent
/// apart from the steps.
final class PageTables {
    /// Entries of a slot's table.
    let stride: Int
    /// The device's copy: (slots, stride).
    let pages: View<UInt32>
    /// The same for layers with a window; where they keep everything it is the same table.
    let windowedPages: View<UInt32>
    private let all: View<UInt32>
    private let windowedStart: Int
    private let host: HostView<UInt32>
    private let device: Device
    private var isSent = false
    private var upload: CommandSequence?

    init(_ capacity: EngineCapacity, on device: Device) throws(DeviceError) {
        stride = capacity.pagesPerSlot
        self.device = device
        let entries = capacity.slots * stride
        windowedStart = capacity.windowed == nil ? 0 : Self.windowedStart(entries)
        let count = windowedStart + entries
        host = try device.allocateHost(UInt32.self, count: count, name: "page tables for the device")
        all = try device.allocate(UInt32.self, count: count, name: "page tables")
        pages = all[0..<entries]
        windowedPages = all[windowedStart..<count]
        // An entry that nobody set must not lead out of the cache.
        host.elements.update(repeating: 0)
    }

    /// Where a slot's table begins.
    func start(ofSlot slot: Int) -> Int { slot * stride }

    /// A multiple of 256 bytes, the most that a binding's offset may have to be.
    private static func windowedStart(_ entries: Int) -> Int { Grid.divideRoundingUp(entries, 64) * 64 }

    func set(_ table: PageTable, ofSlot slot: Int) {
        set(table.full, at: start(ofSlot: slot))
        if windowedStart > 0 { set(table.windowed, at: windowedStart + start(ofSlot: slot)) }
    }

    private func set(_ table: [Int], at first: Int) {
        require(table.count <= stride, "PageTables", "\(table.count) pages for a table of \(stride)")
        for (index, page) in table.enumerated() {
            let place = first + index
            guard host.elements[place] != UInt32(page) else { continue }
            host.elements[place] = UInt32(page)
            isSent = false
        }
    }

    /// Brings the device's copy up to date.
    func send() throws(DeviceError) {
        guard !isSent else { return }
        try host.flush()
        if upload == nil { upload = try recorded() }
        try upload?.run()
        isSent = true
    }

    private func recorded() throws(DeviceError) -> CommandSequence {
        var pass = Pass(device)
        pass.scope = "page tables"
        pass.copy(host.view, to: all)
        return try CommandSequence(pass)
    }
}
