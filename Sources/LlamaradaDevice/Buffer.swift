package import CVulkan

/// One Vulkan buffer and the part of a `MemoryPool`'s block that it lies in: the device's own memory, or what a
/// `HostBuffer` maps. Freed when the last reference goes.
package final class Buffer {
    /// Where a buffer lives and who touches it.
    enum Placement {
        /// The device's own memory.
        case device
        /// Host memory the device can reach.
        case host
    }

    package let device: Device
    /// Nil on a device that only compiles.
    package let handle: VkBuffer?
    package let byteCount: Int
    /// Unique within its device, never reused, so that a cached binding cannot mean a later buffer.
    package let id: UInt64
    package let name: String
    /// Nil on a device that only compiles.
    let memory: MemoryRange?
    /// Whether the host and the device see each other's writes without being told.
    let isCoherent: Bool

    /// Allocates `byteCount` bytes (at least 16) of the device's own memory; on a device that only compiles, notes the
    /// size.
    ///
    /// - Parameter name: appears in errors and in profilers.
    /// - Throws: `DeviceError` with code `.outOfMemory` where it does not fit.
    package convenience init(_ device: Device, byteCount: Int, name: String) throws(DeviceError) {
        try self.init(device, byteCount: byteCount, placement: .device, name: name)
    }

    init(_ device: Device, byteCount: Int, placement: Placement, name: String) throws(DeviceError) {
        let byteCount = max(16, byteCount)
        self.device = device
        self.byteCount = byteCount
        self.name = name
        id = device.makeBufferID()
        guard device.purpose == .running else {
            (handle, memory, isCoherent) = (nil, nil, true)
            return
        }
        let functions = device.functions
        let subject = "\(name) (\(byteCount) bytes)"
        let handle = try Self.create(device, byteCount: byteCount, subject: subject)
        let allocated: MemoryRange
        do throws(DeviceError) {
            var requirements = VkMemoryRequirements()
            functions.vkGetBufferMemoryRequirements(device.handle, handle, &requirements)
            let type = try device.memoryType(placement, allowed: requirements.memoryTypeBits, subject: subject)
            allocated = try Self.allocate(requirements, type: type, placement, on: device, subject: subject)
            isCoherent =
                device.memoryTypes[type].propertyFlags & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT.rawValue != 0
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
        device.functions.vkDestroyBuffer(device.handle, handle, nil)
        if let memory { device.memory.deallocate(memory, on: device) }
    }

    /// The whole buffer.
    package var view: BufferView { BufferView(buffer: self, byteOffset: 0, byteCount: byteCount) }

    private static func create(_ device: Device, byteCount: Int, subject: String) throws(DeviceError) -> VkBuffer {
        if UInt64(byteCount) > device.description.maxAllocationByteCount {
            throw DeviceError(
                .outOfMemory,
                "\(subject): the device allocates at most \(device.description.maxAllocationByteCount) bytes at once")
        }
        var info = VkBufferCreateInfo()
        info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO
        info.size = VkDeviceSize(byteCount)
        info.usage =
            VK_BUFFER_USAGE_STORAGE_BUFFER_BIT.rawValue | VK_BUFFER_USAGE_TRANSFER_SRC_BIT.rawValue
            | VK_BUFFER_USAGE_TRANSFER_DST_BIT.rawValue
        var buffer: VkBuffer?
        try check(device.functions.vkCreateBuffer(device.handle, &info, nil, &buffer), "vkCreateBuffer", for: subject)
        guard let buffer else { throw DeviceError(.failed, "vkCreateBuffer gave no buffer") }
        return buffer
    }

    /// Takes memory as a driver wants it. What the host maps lies in atoms of its own, so that flushing one buffer leaves
    /// the bytes of its neighbours alone.
    private static func allocate(
        _ requirements: VkMemoryRequirements, type: Int, _ placement: Placement, on device: Device, subject: String
    ) throws(DeviceError) -> MemoryRange {
        let atom = placement == .host ? UInt64(max(1, device.nonCoherentAtomByteCount)) : 1
        guard let byteCount = RangeAllocator.alignUp(max(1, requirements.size), to: atom) else {
            throw DeviceError(.outOfMemory, "\(subject): the driver wants \(requirements.size) bytes for it")
        }
        return try device.memory.allocate(
            type: type, byteCount: byteCount, alignment: max(requirements.alignment, atom), on: device,
            subject: subject)
    }
}

extension Device {
    /// The memory type for a placement, the best of those allowed.
    ///
    /// `.host` prefers cached memory, since the host reads results from it; staging writes do not suffer.
    func memoryType(_ placement: Buffer.Placement, allowed: UInt32, subject: String) throws(DeviceError) -> Int {
        let local = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT.rawValue
        let visible = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT.rawValue
        let coherent = VK_MEMORY_PROPERTY_HOST_COHERENT_BIT.rawValue
        let cached = VK_MEMORY_PROPERTY_HOST_CACHED_BIT.rawValue
        let wishes: [UInt32] =
            placement == .device ? [local, 0] : [visible | coherent | cached, visible | cached, visible]
        for wish in wishes {
            for (index, type) in memoryTypes.enumerated()
            where allowed & (1 << UInt32(index)) != 0 && type.propertyFlags & wish == wish {
                return index
            }
        }
        throw DeviceError(.unsupported, "\(subject): the device has no memory type for it")
    }
}
