package import Llamarada
import LlamaradaDevice
import LlamaradaTensors

/// A model with some of its layers in the device's memory and the others in the host's.
package struct SplitForecast: Sendable {
    package let placement: WeightPlacement
    package let memory: MemoryPlan
    /// Tokens a second of all sequences together with an empty cache, at most: nothing is read faster than the device's
    /// memory and the bus were measured to be. Nil where they were not measured.
    package let mostTokensPerSecond: Double?

    /// None, all, and about eight numbers of layers between.
    static func all(
        _ planner: LoadPlanner, _ request: EngineRequest, _ tensors: ModelTensors, _ file: LoadCandidate,
        _ peaks: DevicePeaks?
    ) -> [SplitForecast] {
        guard planner.device.description.heaps.contains(where: { $0.use == .host }) else { return [] }
        let layerCount = planner.configuration.layerCount
        let step = max(1, (layerCount + 8) / 8)
        var counts = Set(stride(from: 0, to: layerCount + 1, by: step))
        counts.insert(layerCount + 1)
        if let chosen = file.plan?.placement.devicePartCount { counts.insert(chosen) }
        return counts.sorted().compactMap { count in
            var request = request
            request.gpuLayers = count
            guard case .success(let plan) = planner.outcome(request, tensors) else { return nil }
            return SplitForecast(
                placement: plan.placement, memory: plan.memory,
                mostTokensPerSecond: rate(plan, file, tensors, peaks, sequences: request.slots))
        }
    }

    private static func rate(
        _ plan: EnginePlan, _ file: LoadCandidate, _ tensors: ModelTensors, _ peaks: DevicePeaks?, sequences: Int
    ) -> Double? {
        guard let peaks, let cost = file.emptyCost else { return nil }
        // Of an embedding that is not the head, too, a token reads one row.
        let embedding = WeightName(.tokenEmbedding)
        let isReadWhole = tensors.all.allSatisfy { $0.name != WeightName(.output) }
        let unread =
            plan.placement[embedding] == .host && !isReadWhole
            ? tensors[embedding].byteCount : 0
        let across = Double(max(0, plan.memory.hostWeightByteCount - unread))
        guard across == 0 || peaks.busBandwidth != nil else { return nil }
        let inMemory = max(Double(cost.bytes) - across, 0) / peaks.readBandwidth
        let bus = across > 0 ? across / (peaks.busBandwidth ?? .infinity) : 0
        let seconds = max(inMemory + bus, Double(cost.flops) / peaks.flops)
        return seconds > 0 ? Double(sequences) / seconds : nil
    }
}
