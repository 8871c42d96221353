package import CVulkan

/// One Vulkan buffer and the part of a `MemoryPool`'s block that it lies in: the device's own memory, or what a
/// `HostBuffer` maps. Freed when the last reference goes.
package final class Buffer {
    /// Where a buffer lives and who touches it.
    package enum Placement: Sendable {
        /// Memory that the device computes in.
        case device
        /// Host memory that the device reads across the bus; where memory is unified, the same as `device`.
        case host
        /// Host memory that the device can reach and the host maps.
        case mapped
    }

    package let device: Device
    /// Nil on a device that only compiles, and in an outline.
    package let handle: VkBuffer?
    package let byteCount: Int
    /// Unique within its device, never reused, so that a cached binding cannot mean a later buffer.
    package let id: UInt64
    package let name: String
    /// Nil on a device that only compiles, unless its memory is outlined.
    let memory: MemoryRange?
    /// Whether the host and the device see each other's writes without being told.
    let isCoherent: Bool
    /// Views of the buffer's texels that descriptors name: they live as long as it does.
    private var texelViews: [TexelView: VkBufferView] = [:]

    /// Allocates `byteCount` bytes (at least 16) of the device's own memory; on a device that only compiles, notes the
    /// size.
    ///
    /// - Parameter name: appears in errors and in profilers.
    /// - Throws: `DeviceError` with code `.outOfMemory` where it does not fit.
    package convenience init(_ device: Device, byteCount: Int, name: String) throws(DeviceError) {
        try self.init(device, byteCount: byteCount, placement: .device, name: name)
    }

    /// The same in memory of another kind.
    package init(_ device: Device, byteCount: Int, placement: Placement, name: String) throws(DeviceError) {
        let byteCount = max(16, byteCount)
        self.device = device
        self.byteCount = byteCount
        self.name = name
        id = device.makeBufferID()
        let subject = "\(name) (\(byteCount) bytes)"
        guard device.makesBuffers else {
            (handle, isCoherent) = (nil, true)
            memory = try Self.outline(device, byteCount: byteCount, placement, subject: subject)
            return
        }
        let functions = device.functions
        let handle = try Self.create(device, byteCount: byteCount, subject: subject)
        let allocated: MemoryRange
        do throws(DeviceError) {
            var requirements = VkMemoryRequirements()
            functions.vkGetBufferMemoryRequirements(device.handle, handle, &requirements)
            allocated = try Self.allocate(requirements, placement, on: device, subject: subject)
            isCoherent =
                device.memoryTypes[allocated.block.type].propertyFlags & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT.rawValue
                != 0
        } catch {
            functions.vkDestroyBuffer(device.handle, handle, nil)
            throw error
        }
        do throws(DeviceError) {
            try check(
                functions.vkBindBufferMemory(device.handle, handle, allocated.block.memory, allocated.bytes.lowerBound),
                "vkBindBufferMemory", for: subject)
        } catch {
            functions.vkDestroyBuffer(device.handle, handle, nil)
            device.memory.deallocate(allocated, on: device)
            throw error
        }
        self.handle = handle
        memory = allocated
    }

    deinit {
        guard !device.isStuck else { return }
        for view in texelViews.values { device.functions.vkDestroyBufferView(device.handle, view, nil) }
        device.functions.vkDestroyBuffer(device.handle, handle, nil)
        if let memory { device.memory.deallocate(memory, on: device) }
    }

    /// The memory type that the buffer lies in, by the driver's number; nil on a device that only compiles.
    package var memoryType: Int? { memory?.block.type }
    /// Likewise the heap, by its place in `DeviceDescription.heaps`.
    package var heap: Int? { memoryType.map { Int(device.memoryTypes[$0].heapIndex) } }

    /// The whole buffer.
    package var view: BufferView { BufferView(buffer: self, byteOffset: 0, byteCount: byteCount) }

    /// Which bytes, and what their scalars are.
    private struct TexelView: Hashable {
        var bytes: Range<Int>
        var scalar: BindingInterface.Scalar
    }

    /// A part of the buffer as texels of four scalars.
    func texels(_ part: BufferView, of scalar: BindingInterface.Scalar) throws(DeviceError) -> VkBufferView {
        let bytes = part.byteOffset..<part.byteOffset + part.byteCount
        let key = TexelView(bytes: bytes, scalar: scalar)
        if let known = texelViews[key] { return known }
        var info = VkBufferViewCreateInfo()
        info.sType = VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO
        info.buffer = handle
        info.format = scalar == .float ? VK_FORMAT_R32G32B32A32_SFLOAT : VK_FORMAT_R32G32B32A32_UINT
        info.offset = VkDeviceSize(bytes.lowerBound)
        info.range = VkDeviceSize(bytes.count / Self.texelByteCount * Self.texelByteCount)
        var view: VkBufferView?
        try check(
            device.functions.vkCreateBufferView(device.handle, &info, nil, &view), "vkCreateBufferView", for: name)
        guard let view else { throw DeviceError(.failed, "vkCreateBufferView gave no view") }
        texelViews[key] = view
        return view
    }

    package static let texelByteCount = 16

    /// The memory that a buffer would take, where the device outlines; else nil.
    private static func outline(
        _ device: Device, byteCount: Int, _ placement: Placement, subject: String
    ) throws(DeviceError) -> MemoryRange? {
        guard device.isOutlining else { return nil }
        try checkSize(device, byteCount: byteCount, subject: subject)
        let requirements = try device.requirements(ofBuffersOf: byteCount)
        return try allocate(requirements, placement, on: device, subject: subject)
    }

    private static func checkSize(_ device: Device, byteCount: Int, subject: String) throws(DeviceError) {
        guard UInt64(byteCount) > device.description.maxAllocationByteCount else { return }
        throw DeviceError(
            .outOfMemory,
            "\(subject): the device allocates at most \(device.description.maxAllocationByteCount) bytes at once")
    }

    static func create(_ device: Device, byteCount: Int, subject: String) throws(DeviceError) -> VkBuffer {
        try checkSize(device, byteCount: byteCount, subject: subject)
        var info = VkBufferCreateInfo()
        info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO
        info.size = VkDeviceSize(byteCount)
        info.usage =
            VK_BUFFER_USAGE_STORAGE_BUFFER_BIT.rawValue | VK_BUFFER_USAGE_TRANSFER_SRC_BIT.rawValue
            | VK_BUFFER_USAGE_TRANSFER_DST_BIT.rawValue | VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT.rawValue
        var buffer: VkBuffer?
        try check(device.functions.vkCreateBuffer(device.handle, &info, nil, &buffer), "vkCreateBuffer", for: subject)
        guard let buffer else { throw DeviceError(.failed, "vkCreateBuffer gave no buffer") }
        return buffer
    }

    /// Takes memory as a driver wants it. What the host maps lies in atoms of its own, so that flushing one buffer leaves
    /// the bytes of its neighbours alone.
    private static func allocate(
        _ requirements: VkMemoryRequirements, _ placement: Placement, on device: Device, subject: String
    ) throws(DeviceError) -> MemoryRange {
        let types = device.memoryMap.types(for: placement, allowed: requirements.memoryTypeBits)
        guard !types.isEmpty else {
            throw DeviceError(.unsupported, "\(subject): the device has no memory type for it")
        }
        let atom = placement == .mapped ? UInt64(max(1, device.nonCoherentAtomByteCount)) : 1
        guard let byteCount = RangeAllocator.alignUp(max(1, requirements.size), to: atom) else {
            throw DeviceError(.outOfMemory, "\(subject): the driver wants \(requirements.size) bytes for it")
        }
        return try device.memory.allocate(
            types: types, byteCount: byteCount, alignment: max(requirements.alignment, atom), on: device,
            subject: subject)
    }
}
