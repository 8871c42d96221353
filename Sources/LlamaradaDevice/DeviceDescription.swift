import CVulkan

/// What one Vulkan device is and can do, as its driver reports it.
public struct DeviceDescription: Sendable, Codable {
    /// A memory heap.
    public struct Heap: Sendable, Codable {
        /// What Llamarada uses a heap for.
        public enum Use: String, Sendable, Codable {
            /// Weights, cache and everything else that kernels compute with.
            case device
            /// Staging, and weights that do not fit the device's own memory, which it reads across the bus.
            case host
            /// Nothing: no buffer may lie in it, or it is a small window for the host onto the device's own memory.
            case none
        }

        /// Size in bytes.
        public var byteCount: UInt64
        /// Bytes that can still be had, where the driver tells (VK_EXT_memory_budget).
        public var availableByteCount: UInt64?
        /// Whether the heap is the device's own memory.
        public var isDeviceLocal: Bool
        /// Whether some memory of the heap can be mapped by the host.
        public var isHostVisible: Bool
        /// What the heap is used for.
        public var use: Use
    }

    /// One shape that VK_KHR_cooperative_matrix multiplies: (M, K) · (K, N) added to (M, N).
    public struct CooperativeMatrixShape: Sendable, Codable {
        /// Rows of the left operand and of the result.
        public var m: Int
        /// Columns of the right operand and of the result.
        public var n: Int
        /// Columns of the left operand, rows of the right.
        public var k: Int
        /// Element types of A, B, C and the result.
        public var types: [String]
        /// The scope that holds a matrix, "subgroup" as a rule.
        public var scope: String
    }

    /// Position in the loader's list.
    public var index: Int
    /// The GPU's UUID in lower case, the same by every driver and after every start; nil where the driver gives none.
    public var uuid: String?
    /// The device's name.
    public var name: String
    /// "discrete", "integrated", "virtual", "cpu" or "other".
    public var kind: String
    /// The driver's name.
    public var driver: String
    /// The driver's version as a person reads it.
    public var driverInfo: String
    /// The Vulkan version, such as "1.3.230".
    public var apiVersion: String
    /// PCI vendor id.
    public var vendorID: UInt32
    /// PCI device id.
    public var deviceID: UInt32
    /// All heaps.
    public var heaps: [Heap]
    /// Whether host and device share one memory, so that weights are as near to the device wherever they lie.
    public var hasUnifiedMemory: Bool
    /// The subgroup size used by default.
    public var subgroupSize: Int
    /// Smallest subgroup size that can be asked for.
    public var minSubgroupSize: Int
    /// Largest subgroup size that can be asked for.
    public var maxSubgroupSize: Int
    /// What shaders can use.
    public var features: KernelFeatures
    /// Bits of VkSubgroupFeatureFlags: what subgroups can do in compute shaders.
    package var subgroupOperations: UInt32
    /// 4×8-bit integer dot products in hardware.
    public var int8DotProduct: Bool
    /// Shapes of VK_KHR_cooperative_matrix; empty without it.
    public var cooperativeMatrixShapes: [CooperativeMatrixShape]
    /// Bytes of shared memory a workgroup may use.
    public var sharedMemoryByteCount: Int
    /// Largest range of a storage-buffer binding in bytes.
    public var maxStorageBufferRange: Int
    /// Bytes of texels that one binding may have.
    public var maxTexelBufferByteCount: Int
    /// Largest single allocation in bytes.
    public var maxAllocationByteCount: UInt64
    /// Largest number of invocations in a workgroup.
    public var maxWorkgroupInvocations: Int
    /// Whether timestamps can be written on the compute queue.
    public var timestamps: Bool
    /// Why Llamarada cannot use the device; nil where it can.
    public var unusableReason: String?
    /// Whether it is the device that is opened where nobody names one.
    public var isChosen = false
    /// Why it is or is not that device, in a few words.
    public var choiceReason = ""

    /// Whether Llamarada can use the device.
    public var isUsable: Bool { unusableReason == nil }
    /// Bytes of all heaps that the device computes in.
    public var memoryByteCount: UInt64 { byteCount(of: .device) { $0.byteCount } }
    /// Of those, the bytes that can still be had, where the driver tells; else all.
    public var availableMemoryByteCount: UInt64 { byteCount(of: .device) { $0.availableByteCount ?? $0.byteCount } }
    /// Bytes of host memory that the device can read across the bus and that can still be had; 0 where memory is unified.
    public var availableHostMemoryByteCount: UInt64 { byteCount(of: .host) { $0.availableByteCount ?? $0.byteCount } }
    /// Arithmetic on 16-bit floats in shaders.
    public var float16: Bool { features.contains(.float16) }
    /// 8-bit integers in shaders.
    public var int8: Bool { features.contains(.int8) }

    /// A sum over heaps; drivers say what they like, so it must not overflow.
    private func byteCount(of use: Heap.Use, _ value: (Heap) -> UInt64) -> UInt64 {
        heaps.filter { $0.use == use }.reduce(0) { sum, heap in
            let (total, overflows) = sum.addingReportingOverflow(value(heap))
            return overflows ? .max : total
        }
    }

    /// What kernels can need of the device.
    package var kernelSupport: KernelSupport {
        KernelSupport(features: features, subgroupOperations: .init(rawValue: subgroupOperations))
    }
}

extension DeviceDescription {
    init(
        index: Int, _ physical: LlamaradaPhysicalDevice, timestampValidBits: Int, shapes: [CooperativeMatrixShape],
        reason: String?
    ) {
        let properties = physical.properties
        let limits = properties.limits
        let map = MemoryMap(physical.memory, deviceType: properties.deviceType)
        self.init(
            index: index,
            uuid: Self.uuid(physical),
            name: text(properties.deviceName),
            kind: Self.kind(properties.deviceType),
            driver: text(physical.driverName),
            driverInfo: text(physical.driverInfo),
            apiVersion: Self.version(properties.apiVersion),
            vendorID: properties.vendorID,
            deviceID: properties.deviceID,
            heaps: Self.heaps(physical, map.uses),
            hasUnifiedMemory: map.isUnified,
            subgroupSize: Int(physical.subgroupSize),
            minSubgroupSize: Int(physical.minSubgroupSize),
            maxSubgroupSize: Int(physical.maxSubgroupSize),
            features: KernelFeatures(physical),
            subgroupOperations: physical.subgroupOperations,
            int8DotProduct: physical.integerDotProduct && physical.integerDotProduct4x8PackedAccelerated,
            cooperativeMatrixShapes: shapes,
            sharedMemoryByteCount: Int(limits.maxComputeSharedMemorySize),
            maxStorageBufferRange: Int(limits.maxStorageBufferRange),
            maxTexelBufferByteCount: Buffer.texelByteCount * Int(limits.maxTexelBufferElements),
            maxAllocationByteCount: min(physical.maxMemoryAllocationSize, physical.maxBufferSize),
            maxWorkgroupInvocations: Int(limits.maxComputeWorkGroupInvocations),
            timestamps: timestampValidBits > 0,
            unusableReason: reason)
    }

    private static func kind(_ type: VkPhysicalDeviceType) -> String {
        switch type {
        case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU: "discrete"
        case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU: "integrated"
        case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU: "virtual"
        case VK_PHYSICAL_DEVICE_TYPE_CPU: "cpu"
        default: "other"
        }
    }

    /// Vulkan packs versions as 3 bits variant, 7 major, 10 minor, 12 patch.
    static func version(_ packed: UInt32) -> String {
        "\((packed >> 22) & 0x7F).\((packed >> 12) & 0x3FF).\(packed & 0xFFF)"
    }

    /// Sixteen bytes as 8-4-4-4-12 digits; nil where all are zero, as some drivers of no hardware have it.
    private static func uuid(_ physical: LlamaradaPhysicalDevice) -> String? {
        let bytes = elements(of: physical.deviceUUID, as: UInt8.self, count: 16)
        guard bytes.contains(where: { $0 != 0 }) else { return nil }
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }.joined(separator: "-")
    }

    private static func heaps(_ physical: LlamaradaPhysicalDevice, _ uses: [Heap.Use]) -> [Heap] {
        let memory = physical.memory
        let types = elements(of: memory.memoryTypes, as: VkMemoryType.self, count: Int(memory.memoryTypeCount))
        let heaps = elements(of: memory.memoryHeaps, as: VkMemoryHeap.self, count: Int(memory.memoryHeapCount))
        let budgets = elements(of: physical.heapBudget, as: UInt64.self, count: heaps.count)
        return heaps.enumerated().map { index, heap in
            let visible = types.contains {
                $0.heapIndex == index && $0.propertyFlags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT.rawValue != 0
            }
            return Heap(
                byteCount: heap.size,
                availableByteCount: physical.hasMemoryBudget ? budgets[index] : nil,
                isDeviceLocal: heap.flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT.rawValue != 0,
                isHostVisible: visible,
                use: uses[index])
        }
    }
}

extension KernelFeatures {
    init(_ physical: LlamaradaPhysicalDevice) {
        let features: [(Bool, KernelFeatures)] = [
            (physical.shaderFloat16, .float16), (physical.shaderInt8, .int8), (physical.shaderInt16, .int16),
            (physical.storageBuffer8Bit, .storage8), (physical.storageBuffer16Bit, .storage16),
            (physical.uniformBuffer8Bit, .uniform8), (physical.uniformBuffer16Bit, .uniform16),
            (physical.integerDotProduct, .integerDotProduct), (physical.cooperativeMatrix, .cooperativeMatrix),
            (physical.vulkanMemoryModel, .memoryModel), (physical.vulkanMemoryModelDeviceScope, .deviceScope),
        ]
        self = features.filter(\.0).reduce(into: []) { $0.formUnion($1.1) }
    }
}

/// The first `count` elements of a fixed-size C array.
func elements<Tuple, Element>(of tuple: Tuple, as type: Element.Type, count: Int) -> [Element] {
    withUnsafeBytes(of: tuple) { Array($0.bindMemory(to: Element.self).prefix(count)) }
}

extension DeviceDescription {
    /// Takes the device to have so much memory of its own, and to be one whose heaps tell the truth.
    package mutating func limitMemory(to byteCount: UInt64) {
        let largest = heaps.indices.filter { heaps[$0].isDeviceLocal }.max { heaps[$0].byteCount < heaps[$1].byteCount }
        guard let largest else { return }
        heaps[largest].byteCount = byteCount
        heaps[largest].availableByteCount = byteCount
        if kind == "cpu" { kind = "other" }
    }
}
