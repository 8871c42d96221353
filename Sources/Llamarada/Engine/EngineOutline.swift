package import LlamaradaDevice
import LlamaradaTensors

/// An engine whose buffers are made in the order of `VulkanEngine`, by the same code, and only counted.
struct EngineOutline {
    let request: EngineRequest
    let tensors: ModelTensors
    let configuration: ModelConfiguration
    let device: Device

    /// What an engine of such a capacity will take.
    func memory(_ capacity: EngineCapacity, _ placement: WeightPlacement) throws(DeviceError) -> MemoryPlan {
        let taken = device.memoryUses
        return try device.outlining { () throws(DeviceError) -> MemoryPlan in
            var parts = Parts(device: device)
            let c = configuration
            let cache = try parts.count(.cache) { () throws(DeviceError) in
                try VulkanCache(
                    c, capacity, keyType: request.keyCacheType, valueType: request.valueCacheType, on: device)
            }
            let activations = try parts.count(.activations) { () throws(DeviceError) in
                try VulkanActivations(
                    c, capacity: capacity.rows, reach: capacity.decodingReach, precision: request.precision, on: device)
            }
            let output = try parts.count(.logits) { () throws(DeviceError) in
                try VulkanOutput(c, capacity: capacity.wantedRows, on: device)
            }
            let tables = try parts.count(.tables) { () throws(DeviceError) in
                (try VulkanStepTable(capacity: capacity.rows, on: device), try PageTables(capacity, on: device))
            }
            let angles = try parts.count(.angles) { () throws(DeviceError) in
                try VulkanAngles(outlining: c, contextLength: capacity.contextLength, on: device)
            }
            let weights = try weights(placement, &parts)
            return withExtendedLifetime((cache, activations, output, tables, angles, weights)) {
                MemoryPlan(byteCounts: parts.byteCounts, heaps: MemoryPlan.heaps(device, besides: taken))
            }
        }
    }

    /// The weights, and meanwhile what they are staged in.
    private func weights(
        _ placement: WeightPlacement, _ parts: inout Parts
    ) throws(DeviceError) -> [VulkanWeights] {
        let (own, hosts) = (tensors.filtered { placement[$0] == .device }, tensors.filtered { placement[$0] == .host })
        let weights = [
            try parts.count(.weights) { () throws(DeviceError) in
                try VulkanWeights(outlining: own, placement, on: device)
            },
            try parts.count(.hostWeights) { () throws(DeviceError) in
                try VulkanWeights(outlining: hosts, placement, on: device)
            },
        ]
        let staging = StagingRing(device)
        try parts.count(.staging) { () throws(DeviceError) in
            try staging.outline(filling: weights.flatMap(\.matrixBuffers))
        }
        return withExtendedLifetime(staging) { weights }
    }

    /// Counts what buffers take, part by part.
    private struct Parts {
        let device: Device
        var byteCounts: [MemoryPlan.Part: Int] = [:]

        mutating func count<Result>(
            _ part: MemoryPlan.Part, _ body: () throws(DeviceError) -> Result
        ) throws(DeviceError) -> Result {
            let before = device.usedByteCount
            let result = try body()
            byteCounts[part, default: 0] += withExtendedLifetime(result) { Int(device.usedByteCount - before) }
            return result
        }
    }
}

extension MemoryPlan {
    /// What an outline takes of each heap.
    ///
    /// - Parameter taken: what the device's buffers take already, of which a budget knows nothing.
    fileprivate static func heaps(_ device: Device, besides taken: [Int: HeapUse]) -> [Heap] {
        let uses = device.memoryUses
        return device.description.heaps.enumerated().compactMap { index, heap in
            guard heap.use != .none || uses[index] != nil else { return nil }
            let use = uses[index] ?? HeapUse()
            let machine = device.description.kind == "cpu" ? machineByteCount : nil
            let available = machine ?? Int(clamping: heap.availableByteCount ?? heap.byteCount)
            return Heap(
                index: index, isDevice: heap.use == .device, usedByteCount: Int(clamping: use.usedByteCount),
                allocatedByteCount: Int(clamping: use.byteCount), peakByteCount: Int(clamping: use.peakByteCount),
                availableByteCount: max(0, available - Int(clamping: taken[index]?.byteCount ?? 0)))
        }
    }
}

extension VulkanEngine {
    /// What an engine will be on a device, by its tensors' descriptions alone: nothing is read, and nothing allocated.
    ///
    /// - Throws: `DeviceError` where it can be on no device of such limits, whatever its memory.
    package static func plan(
        _ request: EngineRequest, _ tensors: ModelTensors, _ configuration: ModelConfiguration, on device: Device
    ) throws(DeviceError) -> EnginePlan {
        try checkHeads(configuration)
        let sizes = EngineSizes(
            configuration, device.description, contextLength: request.contextLength, slots: request.slots,
            chunk: request.chunk, drafts: request.drafts, pageSize: request.pageSize,
            keyCacheType: request.keyCacheType,
            valueCacheType: request.valueCacheType, keepsWindows: request.keepsWindows)
        try sizes.check()
        let outline = EngineOutline(
            request: request, tensors: tensors, configuration: configuration, device: device)
        let placement = try sizes.placement(gpuLayers: request.gpuLayers, outline.memory)
        return try sizes.plan(placement, outline.memory)
    }
}
