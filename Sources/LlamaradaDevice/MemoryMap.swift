import CVulkan

/// What each heap and each memory type of a device serves.
///
/// - A discrete device computes in its own heaps; host memory, which it reads across the bus, is for staging and for
///   weights that do not fit. It may have several heaps of its own, which add up.
/// - A device with unified memory computes in all of its heaps: those called device-local are often a small carve-out of
///   the same memory, such as 512 MiB beside 24 GiB on AMD's APUs.
/// - A window is no memory to count on: beside the memory that the host does not see, devices without resizable BAR show
///   some 256 MiB that it does see, which the driver needs itself.
struct MemoryMap {
    /// What each heap is used for.
    let uses: [DeviceDescription.Heap.Use]
    /// Whether host and device share one memory.
    let isUnified: Bool
    private let types: [VkMemoryType]

    init(_ memory: VkPhysicalDeviceMemoryProperties, deviceType: VkPhysicalDeviceType) {
        let types = elements(of: memory.memoryTypes, as: VkMemoryType.self, count: Int(memory.memoryTypeCount))
        let heaps = elements(of: memory.memoryHeaps, as: VkMemoryHeap.self, count: Int(memory.memoryHeapCount))
        let usable = heaps.indices.map { heap in types.filter { $0.heapIndex == heap && $0.isUsable } }
        let isUnified = Self.isUnified(heaps, usable, deviceType)
        let hasHidden = usable.contains { $0.contains { $0.has(.deviceLocal) && !$0.has(.hostVisible) } }
        uses = zip(heaps, usable).map { heap, types in
            let isWindow =
                hasHidden && heap.size <= Self.largestWindow && heap.isDeviceLocal
                && types.allSatisfy { $0.has(.hostVisible) }
            return types.isEmpty || isWindow ? .none : isUnified || heap.isDeviceLocal ? .device : .host
        }
        self.isUnified = isUnified
        self.types = types
    }

    /// BARs that can't be resized have 256 MiB, a few 512. A larger one is memory like any other.
    private static let largestWindow: UInt64 = 512 << 20

    private static func isUnified(
        _ heaps: [VkMemoryHeap], _ usable: [[VkMemoryType]], _ type: VkPhysicalDeviceType
    ) -> Bool {
        if type == VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU || type == VK_PHYSICAL_DEVICE_TYPE_CPU { return true }
        return zip(heaps, usable).allSatisfy { heap, types in
            types.isEmpty || heap.isDeviceLocal && types.allSatisfy { $0.has(.hostVisible) }
        }
    }

    /// The types for a placement among those allowed, best first, one a heap; empty where there is none.
    func types(for placement: Buffer.Placement, allowed: UInt32) -> [Int] {
        let allowed = types.indices.filter { allowed & (1 << UInt32($0)) != 0 && types[$0].isUsable }
        switch placement {
        case .device:
            let own = ranked(allowed.filter { use(of: $0) == .device }) { $0.has(.deviceLocal) ? 0 : 1 }
            return own.isEmpty ? Array(allowed.prefix(1)) : own
        case .host:
            let across = ranked(allowed.filter { use(of: $0) == .host }, by: Self.busRank)
            return across.isEmpty ? ranked(allowed.filter { use(of: $0) == .device }) { _ in 0 } : across
        case .mapped:
            return Array(ranked(allowed.filter { types[$0].has(.hostVisible) }, by: Self.hostRank).prefix(1))
        }
    }

    private func use(of type: Int) -> DeviceDescription.Heap.Use { uses[Int(types[type].heapIndex)] }

    /// Types by rank and then in the driver's order, of which the first of each heap is kept.
    private func ranked(_ indices: [Int], by rank: (VkMemoryType) -> Int) -> [Int] {
        var heaps: Set<UInt32> = []
        return indices.sorted { (rank(types[$0]), $0) < (rank(types[$1]), $1) }
            .filter { heaps.insert(types[$0].heapIndex).inserted }
    }

    /// What the device reads across the bus had better not be in the processor's caches: each read of cached memory asks
    /// them first, reads of write-combined memory need not. The host only writes it, by copies of the device's at that.
    private static func busRank(_ type: VkMemoryType) -> Int {
        switch (type.has(.hostVisible), type.has(.hostCached)) {
        case (true, false): 0
        case (false, _): 1
        case (true, true): 2
        }
    }

    /// What the host reads results from had better be cached; staging writes do not suffer. Then nothing need be flushed.
    private static func hostRank(_ type: VkMemoryType) -> Int {
        switch (type.has(.hostCached), type.has(.hostCoherent)) {
        case (true, true): 0
        case (true, false): 1
        case (false, _): 2
        }
    }
}

/// The properties of memory types that matter here.
private enum MemoryProperty {
    case deviceLocal, hostVisible, hostCoherent, hostCached

    var bit: VkMemoryPropertyFlagBits {
        switch self {
        case .deviceLocal: VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT
        case .hostVisible: VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT
        case .hostCoherent: VK_MEMORY_PROPERTY_HOST_COHERENT_BIT
        case .hostCached: VK_MEMORY_PROPERTY_HOST_CACHED_BIT
        }
    }
}

extension VkMemoryHeap {
    fileprivate var isDeviceLocal: Bool { flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT.rawValue != 0 }
}

extension VkMemoryType {
    fileprivate func has(_ property: MemoryProperty) -> Bool { propertyFlags & property.bit.rawValue != 0 }

    /// Whether a buffer may lie in it: protected and lazily allocated memory is for other things, and what is coherent
    /// between devices needs a feature that is not enabled.
    fileprivate var isUsable: Bool {
        let special =
            VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT.rawValue | VK_MEMORY_PROPERTY_PROTECTED_BIT.rawValue
            | VK_MEMORY_PROPERTY_DEVICE_COHERENT_BIT_AMD.rawValue
            | VK_MEMORY_PROPERTY_DEVICE_UNCACHED_BIT_AMD.rawValue
            | VK_MEMORY_PROPERTY_RDMA_CAPABLE_BIT_NV.rawValue
        return propertyFlags & special == 0
    }
}
