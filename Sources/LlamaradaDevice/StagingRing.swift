import CVulkan

/// Moves bytes from the host to device memory through a few mapped slots, so that filling one overlaps copying another
/// and the host never holds more than the slots.
package final class StagingRing {
    private struct Slot {
        var memory: HostBuffer
        var sequence: CommandSequence?
    }

    private let device: Device
    private var slots: [Slot] = []
    private var next = 0
    /// Bytes of one slot: the most that one `fill` is asked for.
    package let slotByteCount: Int

    /// Allocates `slotCount` slots of `slotByteCount` bytes.
    package init(_ device: Device, slotByteCount: Int = 8 << 20, slotCount: Int = 2) throws(DeviceError) {
        self.device = device
        self.slotByteCount = slotByteCount
        for index in 0..<slotCount {
            slots.append(Slot(memory: try HostBuffer(device, byteCount: slotByteCount, name: "staging \(index)")))
        }
    }

    /// Fills one slot and starts its copy to `target`.
    ///
    /// - Parameters:
    ///   - target: at most `slotByteCount` bytes of device memory.
    ///   - fill: writes the bytes.
    package func upload(to target: BufferView, fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws {
        precondition(target.byteCount <= slotByteCount, "\(target.byteCount) bytes do not fit a staging slot")
        guard target.byteCount > 0 else { return }
        let index = next
        next = (next + 1) % slots.count
        try slots[index].sequence?.wait()
        slots[index].sequence = nil
        let memory = slots[index].memory
        try fill(UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<target.byteCount]))
        try memory.flush()
        var pass = Pass(device)
        pass.scope = "an upload to \(target.buffer.name)"
        let source = BufferView(buffer: memory.buffer, byteOffset: 0, byteCount: target.byteCount)
        pass.copy(View<UInt8>(source), to: View<UInt8>(target))
        let sequence = try CommandSequence(pass)
        try sequence.submit()
        slots[index].sequence = sequence
    }

    /// Waits until every copy is done.
    package func finish() throws(DeviceError) {
        for index in slots.indices {
            try slots[index].sequence?.wait()
            slots[index].sequence = nil
        }
    }
}

extension Device {
    /// Copies values to device memory: for small things; weights go through a `StagingRing`.
    package func upload<Element: BitwiseCopyable>(_ values: [Element], to target: View<Element>) throws(DeviceError) {
        precondition(values.count <= target.count, "\(values.count) values into a view of \(target.count)")
        guard !values.isEmpty else { return }
        let staging = try allocateHost(Element.self, count: values.count, name: "upload")
        _ = staging.elements.initialize(fromContentsOf: values)
        try staging.flush()
        var pass = Pass(self)
        pass.copy(staging.view, to: target[0..<values.count])
        try run(pass)
    }

    /// Copies values back from device memory.
    package func download<Element: BitwiseCopyable>(_ source: View<Element>) throws(DeviceError) -> [Element] {
        guard source.count > 0 else { return [] }
        let staging = try allocateHost(Element.self, count: source.count, name: "download")
        var pass = Pass(self)
        pass.copy(source, to: staging.view)
        try run(pass)
        try staging.invalidate()
        return Array(staging.elements)
    }
}
