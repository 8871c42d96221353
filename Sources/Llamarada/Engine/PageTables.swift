import LlamaradaDevice

/// The page tables of all slots in device memory. They change seldom, once in a page's worth of tokens, so they are sent
/// apart from the steps.
final class PageTables {
    /// Entries of a slot's table.
    let stride: Int
    /// The device's copy: (slots, stride).
    let pages: View<UInt32>
    private let host: HostView<UInt32>
    private let device: Device
    private var isSent = false
    private var upload: CommandSequence?

    init(slots: Int, pagesPerSlot: Int, on device: Device) throws(DeviceError) {
        stride = pagesPerSlot
        self.device = device
        host = try device.allocateHost(UInt32.self, count: slots * pagesPerSlot, name: "page tables for the device")
        pages = try device.allocate(UInt32.self, count: slots * pagesPerSlot, name: "page tables")
        // An entry that nobody set must not lead out of the cache.
        host.elements.update(repeating: 0)
    }

    /// Where a slot's table begins.
    func start(ofSlot slot: Int) -> Int { slot * stride }

    func set(_ table: [Int], ofSlot slot: Int) {
        require(table.count <= stride, "PageTables", "\(table.count) pages for a table of \(stride)")
        for (index, page) in table.enumerated() {
            let place = start(ofSlot: slot) + index
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
        pass.copy(host.view, to: pages)
        return try CommandSequence(pass)
    }
}
