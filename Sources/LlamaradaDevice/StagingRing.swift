import CVulkan

/// Fills device memory from the host.
///
/// What the host can write in place it does. Elsewhere bytes go through a few mapped slots, so that filling one overlaps
/// copying others and the host never holds more than the slots.
package final class StagingRing {
    private struct Slot {
        var memory: HostBuffer
        var sequence: CommandSequence?
    }

    private let device: Device
    private let slotCount: Int
    private let writesInPlace: Bool
    /// Made when they are first needed.
    private var slots: [Slot] = []
    private var next = 0
    /// Bytes that a caller should fill at once.
    package let slotByteCount: Int

    /// Allocates nothing yet.
    ///
    /// - Parameters:
    ///   - slotByteCount: bytes of a slot; one grows where more are filled at once.
    ///   - slotCount: how many copies may be under way.
    ///   - writesInPlace: whether device memory that the host sees is written without a slot.
    package init(_ device: Device, slotByteCount: Int = 8 << 20, slotCount: Int = 4, writesInPlace: Bool = true) {
        self.device = device
        self.slotByteCount = slotByteCount
        self.slotCount = slotCount
        self.writesInPlace = writesInPlace
    }

    /// Has `fill` write the bytes of `targets`, in place or in a slot whose copies to them it then starts.
    ///
    /// Nothing that was submitted may still use the targets.
    ///
    /// - Parameters:
    ///   - targets: device memory that nothing overlaps.
    ///   - fill: writes every byte of every target, and reads none.
    package func upload(
        to targets: [BufferView], fill: ([UnsafeMutableRawBufferPointer]) throws -> Void
    ) throws {
        precondition(targets.allSatisfy { $0.byteCount > 0 }, "an upload of no bytes")
        guard let first = targets.first else { return }
        if writesInPlace, let places = try self.places(targets) { return try fill(places) }
        var end = 0
        let ranges = targets.map { target in
            defer { end += target.byteCount }
            return end..<end + target.byteCount
        }
        let index = try freeSlot(byteCount: end)
        let memory = slots[index].memory
        try fill(ranges.map { UnsafeMutableRawBufferPointer(rebasing: memory.bytes[$0]) })
        try memory.flush()
        var pass = Pass(device)
        pass.scope = "an upload to \(first.buffer.name)"
        for (target, range) in zip(targets, ranges) {
            let source = BufferView(buffer: memory.buffer, byteOffset: range.lowerBound, byteCount: range.count)
            pass.copy(View<UInt8>(source), to: View<UInt8>(target))
        }
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

    /// In an outline: makes the slots that filling such buffers would, one upload each, of a slot's bytes as a rule.
    package func outline(filling buffers: [Buffer]) throws(DeviceError) {
        let count = buffers.count { !writesInPlace || !$0.isWritable }
        for index in 0..<min(slotCount, count) {
            let memory = try HostBuffer(device, byteCount: slotByteCount, name: "staging \(index)")
            slots.append(Slot(memory: memory))
        }
    }

    /// Where the host sees each target, or nil where it does not.
    private func places(_ targets: [BufferView]) throws(DeviceError) -> [UnsafeMutableRawBufferPointer]? {
        var places: [UnsafeMutableRawBufferPointer] = []
        for target in targets {
            guard let bytes = try target.buffer.writableBytes() else { return nil }
            let range = target.byteOffset..<target.byteOffset + target.byteCount
            places.append(UnsafeMutableRawBufferPointer(rebasing: bytes[range]))
        }
        return places
    }

    /// The slot that has been under way for longest, once its copies are done.
    private func freeSlot(byteCount: Int) throws(DeviceError) -> Int {
        let index = next
        next = (next + 1) % slotCount
        if index < slots.count {
            try slots[index].sequence?.wait()
            slots[index].sequence = nil
            if slots[index].memory.bytes.count >= byteCount { return index }
        }
        let memory = try HostBuffer(device, byteCount: max(byteCount, slotByteCount), name: "staging \(index)")
        if index < slots.count { slots[index].memory = memory } else { slots.append(Slot(memory: memory)) }
        return index
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
