package import CVulkan

/// Device memory with one Vulkan buffer on it. Freed when the last reference goes.
package final class Buffer {
    /// Where a buffer lives and who touches it.
    package enum Placement {
        /// The device's own memory; the host cannot map it.
        case device
        /// Host memory the device can reach, for small parameters, staging and results.
        case host
    }

    package let device: Device
    /// Nil on a device that only compiles.
    package let handle: VkBuffer?
    package let byteCount: Int
    /// Unique within its device, never reused, so that a cached binding cannot mean a later buffer.
    package let id: UInt64
    package let name: String
    private let memory: VkDeviceMemory?
    private let allocationByteCount: UInt64
    private let isCoherent: Bool
    /// The mapped bytes of a `.host` buffer.
    package let mapped: UnsafeMutableRawBufferPointer?

    /// Allocates `byteCount` bytes (at least 16); on a device that only compiles, notes the size.
    ///
    /// - Parameter name: appears in errors and in profilers.
    /// - Throws: `DeviceError` with code `.outOfMemory` where it does not fit.
    package init(_ device: Device, byteCount: Int, placement: Placement, name: String) throws(DeviceError) {
        let byteCount = max(16, byteCount)
        self.device = device
        self.byteCount = byteCount
        self.name = name
        id = device.makeBufferID()
        guard device.purpose == .running else {
            (handle, memory, mapped, allocationByteCount, isCoherent) = (nil, nil, nil, 0, true)
            return
        }
        let functions = device.functions
        let subject = "\(name) (\(byteCount) bytes)"
        let handle = try Self.create(device, byteCount: byteCount, subject: subject)
        let allocated: VkDeviceMemory
        do throws(DeviceError) {
            var requirements = VkMemoryRequirements()
            functions.vkGetBufferMemoryRequirements(device.handle, handle, &requirements)
            let type = try device.memoryType(placement, allowed: requirements.memoryTypeBits, subject: subject)
            allocated = try Self.allocate(device, type: type, byteCount: requirements.size, subject: subject)
            allocationByteCount = requirements.size
            isCoherent =
                device.memoryTypes[type].propertyFlags & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT.rawValue != 0
        } catch {
            functions.vkDestroyBuffer(device.handle, handle, nil)
            throw error
        }
        do throws(DeviceError) {
            try check(
                functions.vkBindBufferMemory(device.handle, handle, allocated, 0), "vkBindBufferMemory", for: subject)
            mapped = placement == .host ? try Self.map(device, allocated, byteCount: byteCount, subject: subject) : nil
        } catch {
            functions.vkDestroyBuffer(device.handle, handle, nil)
            functions.vkFreeMemory(device.handle, allocated, nil)
            throw error
        }
        self.handle = handle
        memory = allocated
        device.allocatedByteCount += allocationByteCount
    }

    deinit {
        guard !device.isStuck else { return }
        device.functions.vkDestroyBuffer(device.handle, handle, nil)
        device.functions.vkFreeMemory(device.handle, memory, nil)
        device.allocatedByteCount -= allocationByteCount
    }

    /// The whole buffer.
    package var view: BufferView { BufferView(buffer: self, byteOffset: 0, byteCount: byteCount) }

    /// Makes what the host wrote visible to the device. Free where memory is coherent.
    package func flush() throws(DeviceError) {
        guard !isCoherent, mapped != nil else { return }
        var range = wholeRange
        try check(device.functions.vkFlushMappedMemoryRanges(device.handle, 1, &range), "vkFlushMappedMemoryRanges")
    }

    /// Makes what the device wrote visible to the host. Free where memory is coherent.
    package func invalidate() throws(DeviceError) {
        guard !isCoherent, mapped != nil else { return }
        var range = wholeRange
        try check(
            device.functions.vkInvalidateMappedMemoryRanges(device.handle, 1, &range), "vkInvalidateMappedMemoryRanges")
    }

    /// VK_WHOLE_SIZE from 0 is a multiple of every nonCoherentAtomSize.
    private var wholeRange: VkMappedMemoryRange {
        var range = VkMappedMemoryRange()
        range.sType = VK_STRUCTURE_TYPE_MAPPED_MEMORY_RANGE
        range.memory = memory
        range.size = VkDeviceSize.max
        return range
    }

    private static func create(_ device: Device, byteCount: Int, subject: String) throws(DeviceError) -> VkBuffer {
        if UInt64(byteCount) > device.description.maxAllocationByteCount {
            throw DeviceError(
                .outOfMemory,
                "\(subject): the device allocates at most \(device.description.maxAllocationByteCount) bytes at once.")
        }
        var info = VkBufferCreateInfo()
        info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO
        info.size = VkDeviceSize(byteCount)
        info.usage =
            VK_BUFFER_USAGE_STORAGE_BUFFER_BIT.rawValue | VK_BUFFER_USAGE_TRANSFER_SRC_BIT.rawValue
            | VK_BUFFER_USAGE_TRANSFER_DST_BIT.rawValue
        var buffer: VkBuffer?
        try check(device.functions.vkCreateBuffer(device.handle, &info, nil, &buffer), "vkCreateBuffer", for: subject)
        guard let buffer else { throw DeviceError(.failed, "vkCreateBuffer gave no buffer.") }
        return buffer
    }

    private static func allocate(
        _ device: Device, type: Int, byteCount: UInt64, subject: String
    ) throws(DeviceError) -> VkDeviceMemory {
        var info = VkMemoryAllocateInfo()
        info.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO
        info.allocationSize = byteCount
        info.memoryTypeIndex = UInt32(type)
        var memory: VkDeviceMemory?
        try check(
            device.functions.vkAllocateMemory(device.handle, &info, nil, &memory), "vkAllocateMemory", for: subject)
        guard let memory else { throw DeviceError(.failed, "vkAllocateMemory gave no memory.") }
        return memory
    }

    private static func map(
        _ device: Device, _ memory: VkDeviceMemory, byteCount: Int, subject: String
    ) throws(DeviceError) -> UnsafeMutableRawBufferPointer {
        var address: UnsafeMutableRawPointer?
        try check(
            device.functions.vkMapMemory(device.handle, memory, 0, VkDeviceSize.max, 0, &address), "vkMapMemory",
            for: subject)
        return UnsafeMutableRawBufferPointer(start: address, count: byteCount)
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
        throw DeviceError(.unsupported, "\(subject): the device has no memory type for it.")
    }
}
