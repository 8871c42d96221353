import CVulkan

/// Host memory that the device can reach, mapped for as long as it lives: small parameters, staging and results.
///
/// Passes copy from and to it through `view`; the device's own memory is a `Buffer`.
package final class HostBuffer {
    package let buffer: Buffer
    /// The bytes as the host sees them. On a device that only compiles, memory that no device sees; in an outline none.
    package let bytes: UnsafeMutableRawBufferPointer

    /// Allocates and maps `byteCount` bytes (at least 16).
    ///
    /// - Throws: `DeviceError` with code `.outOfMemory` where it does not fit, `.failed` where the driver does not map it.
    package init(_ device: Device, byteCount: Int, name: String) throws(DeviceError) {
        buffer = try Buffer(device, byteCount: byteCount, placement: .mapped, name: name)
        guard buffer.handle != nil, let memory = buffer.memory else {
            bytes =
                buffer.memory == nil
                ? .allocate(byteCount: buffer.byteCount, alignment: 16)
                : UnsafeMutableRawBufferPointer(start: nil, count: 0)
            return
        }
        let block = try memory.block.map(on: device, subject: "\(name) (\(buffer.byteCount) bytes)")
        bytes = UnsafeMutableRawBufferPointer(
            start: block + Int(memory.bytes.lowerBound), count: buffer.byteCount)
    }

    deinit { if buffer.memory == nil { bytes.deallocate() } }

    /// Makes what the host wrote visible to the device. Free where memory is coherent.
    package func flush() throws(DeviceError) {
        guard !buffer.isCoherent, var range = mappedRange else { return }
        let device = buffer.device
        try check(device.functions.vkFlushMappedMemoryRanges(device.handle, 1, &range), "vkFlushMappedMemoryRanges")
    }

    /// Makes what the device wrote visible to the host. Free where memory is coherent.
    package func invalidate() throws(DeviceError) {
        guard !buffer.isCoherent, var range = mappedRange else { return }
        let device = buffer.device
        try check(
            device.functions.vkInvalidateMappedMemoryRanges(device.handle, 1, &range), "vkInvalidateMappedMemoryRanges")
    }

    /// The buffer's part of its block: whole atoms, as it was taken.
    private var mappedRange: VkMappedMemoryRange? {
        guard let memory = buffer.memory else { return nil }
        var range = VkMappedMemoryRange()
        range.sType = VK_STRUCTURE_TYPE_MAPPED_MEMORY_RANGE
        range.memory = memory.block.memory
        range.offset = memory.bytes.lowerBound
        range.size = VkDeviceSize(memory.bytes.count)
        return range
    }
}

extension Buffer {
    /// Whether the host sees the memory, and sees it alike.
    var isWritable: Bool {
        let needed = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT.rawValue | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT.rawValue
        return memory.map { device.memoryTypes[$0.block.type].propertyFlags & needed == needed } ?? false
    }

    /// The bytes of the device's own memory where the host sees it too and sees it alike (coherent), for writing before
    /// anything is submitted that uses them: reading may be very slow. Nil where there is no such memory.
    ///
    /// - Throws: `DeviceError` where the driver does not map it.
    func writableBytes() throws(DeviceError) -> UnsafeMutableRawBufferPointer? {
        guard let memory, isWritable else { return nil }
        let block = try memory.block.map(on: device, subject: "\(name) (\(byteCount) bytes)")
        return UnsafeMutableRawBufferPointer(start: block + Int(memory.bytes.lowerBound), count: byteCount)
    }
}

/// `count` elements of a host buffer, from its first byte on.
package struct HostView<Element: BitwiseCopyable> {
    package let host: HostBuffer
    /// The elements as the host sees them.
    package let elements: UnsafeMutableBufferPointer<Element>
    /// The elements as passes copy them and kernels bind them.
    package let view: View<Element>

    package init(_ host: HostBuffer, count: Int) {
        self.host = host
        view = View(
            BufferView(buffer: host.buffer, byteOffset: 0, byteCount: count * MemoryLayout<Element>.stride))
        elements = UnsafeMutableBufferPointer(rebasing: host.bytes.bindMemory(to: Element.self).prefix(count))
    }

    /// Number of elements.
    package var count: Int { view.count }

    /// Makes what the host wrote visible to the device.
    package func flush() throws(DeviceError) { try host.flush() }

    /// Makes what the device wrote visible to the host.
    package func invalidate() throws(DeviceError) { try host.invalidate() }
}

extension Device {
    /// New host memory for `count` elements.
    package func allocateHost<Element>(
        _ type: Element.Type, count: Int, name: String
    ) throws(DeviceError) -> HostView<Element> {
        HostView(
            try HostBuffer(self, byteCount: try byteCount(of: type, count: count, name: name), name: name), count: count
        )
    }

    /// Bytes of `count` elements.
    func byteCount<Element>(of type: Element.Type, count: Int, name: String) throws(DeviceError) -> Int {
        let (byteCount, overflows) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        guard !overflows else { throw DeviceError(.outOfMemory, "\(name): \(count) elements do not fit in memory") }
        return byteCount
    }
}
