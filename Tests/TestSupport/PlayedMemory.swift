package import CVulkan

/// A heap as a driver lists it.
package struct PlayedHeap: Sendable {
    package var byteCount: UInt64
    package var isLocal: Bool
    /// Bytes that can be had of it where that is not its size.
    package var budget: UInt64?

    package init(_ byteCount: UInt64, isLocal: Bool, budget: UInt64? = nil) {
        self.byteCount = byteCount
        self.isLocal = isLocal
        self.budget = budget
    }

    /// A heap of the device's own.
    package static func local(_ byteCount: UInt64, budget: UInt64? = nil) -> PlayedHeap {
        PlayedHeap(byteCount, isLocal: true, budget: budget)
    }

    /// A heap of the host's.
    package static func host(_ byteCount: UInt64) -> PlayedHeap { PlayedHeap(byteCount, isLocal: false) }
}

/// A memory type as a driver lists it.
package struct PlayedType: Sendable {
    package var flags: UInt32
    package var heap: Int

    package init(_ heap: Int, _ flags: VkMemoryPropertyFlagBits...) {
        self.heap = heap
        self.flags = flags.reduce(0) { $0 | $1.rawValue }
    }

    /// The device's own, unseen by the host.
    package static func local(_ heap: Int) -> PlayedType { PlayedType(heap, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT) }

    /// The device's own, which the host sees.
    package static func shared(_ heap: Int) -> PlayedType {
        PlayedType(
            heap, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT,
            VK_MEMORY_PROPERTY_HOST_COHERENT_BIT)
    }

    /// The host's, write-combined.
    package static func uncached(_ heap: Int) -> PlayedType {
        PlayedType(heap, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT, VK_MEMORY_PROPERTY_HOST_COHERENT_BIT)
    }

    /// The host's, in its caches.
    package static func cached(_ heap: Int) -> PlayedType {
        PlayedType(
            heap, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT, VK_MEMORY_PROPERTY_HOST_COHERENT_BIT,
            VK_MEMORY_PROPERTY_HOST_CACHED_BIT)
    }
}

/// The memory of a device that is not there.
package struct PlayedMemory: Sendable {
    package var heaps: [PlayedHeap]
    package var types: [PlayedType]

    package init(_ heaps: [PlayedHeap], _ types: [PlayedType]) {
        self.heaps = heaps
        self.types = types
    }

    /// A card with memory of its own beside the host's, in three types; the host maps none of the card's.
    package static func card(_ byteCount: UInt64, host: UInt64 = 64 << 30) -> PlayedMemory {
        PlayedMemory([.local(byteCount), .host(host)], [.local(0), .uncached(1), .cached(1)])
    }

    /// Writes it over what a driver answered.
    package func write(to chain: UnsafeMutablePointer<VkPhysicalDeviceMemoryProperties2>) {
        chain.pointee.memoryProperties.memoryHeapCount = UInt32(heaps.count)
        chain.pointee.memoryProperties.memoryTypeCount = UInt32(types.count)
        withUnsafeMutableBytes(of: &chain.pointee.memoryProperties.memoryHeaps) { bytes in
            for (index, heap) in heaps.enumerated() {
                let flags = heap.isLocal ? VK_MEMORY_HEAP_DEVICE_LOCAL_BIT.rawValue : 0
                bytes.bindMemory(to: VkMemoryHeap.self)[index] = VkMemoryHeap(size: heap.byteCount, flags: flags)
            }
        }
        withUnsafeMutableBytes(of: &chain.pointee.memoryProperties.memoryTypes) { bytes in
            for (index, type) in types.enumerated() {
                bytes.bindMemory(to: VkMemoryType.self)[index] = VkMemoryType(
                    propertyFlags: type.flags, heapIndex: UInt32(type.heap))
            }
        }
        TappedVulkan.change(
            chain, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT,
            as: VkPhysicalDeviceMemoryBudgetPropertiesEXT.self, writeBudgets)
    }

    private func writeBudgets(_ budget: inout VkPhysicalDeviceMemoryBudgetPropertiesEXT) {
        withUnsafeMutableBytes(of: &budget.heapUsage) { _ = $0.initializeMemory(as: UInt8.self, repeating: 0) }
        withUnsafeMutableBytes(of: &budget.heapBudget) { bytes in
            for (index, heap) in heaps.enumerated() {
                bytes.bindMemory(to: UInt64.self)[index] = heap.budget ?? heap.byteCount
            }
        }
    }
}
