import Llamarada
import LlamaradaDevice
import LlamaradaTensors

/// Asks a device what models of one shape would take of it.
struct LoadPlanner {
    let configuration: ModelConfiguration
    let device: Device

    /// The largest context that is looked for: the command line takes no longer one.
    private static let longest = 1 << 24

    func outcome(_ request: EngineRequest, _ tensors: ModelTensors) -> Result<EnginePlan, DeviceError> {
        do throws(DeviceError) {
            return .success(try VulkanEngine.plan(request, tensors, configuration, on: device))
        } catch {
            return .failure(error)
        }
    }

    /// Whether all fits, with a cache of full length for every sequence, and all weights in the device's memory where
    /// nobody wants some elsewhere.
    func fits(_ request: EngineRequest, _ tensors: ModelTensors) -> Bool {
        var request = request
        request.gpuLayers = request.gpuLayers ?? .max
        guard case .success(let plan) = outcome(request, tensors) else { return false }
        return plan.memory.fits && plan.isWhole
    }

    /// The longest context that fits, in whole pages, at most what the model was trained for or what is asked; nil
    /// where not even a page does.
    func longestContext(_ request: EngineRequest, _ tensors: ModelTensors) -> Int? {
        let most = min(Self.longest, max(configuration.contextLength, request.contextLength))
        return largest(1...(most + request.pageSize - 1) / request.pageSize) { pages in
            var changed = request
            changed.contextLength = min(most, pages * request.pageSize)
            return fits(changed, tensors)
        }.map { min(most, $0 * request.pageSize) }
    }

    /// The largest number of a range that is good, where all below a good one are good; nil where none is.
    func largest(_ range: ClosedRange<Int>, isGood: (Int) -> Bool) -> Int? {
        if isGood(range.upperBound) { return range.upperBound }
        var (good, bad) = (range.lowerBound - 1, range.upperBound)
        while bad - good > 1 {
            let middle = good + (bad - good) / 2
            if isGood(middle) { good = middle } else { bad = middle }
        }
        return good >= range.lowerBound ? good : nil
    }

    /// What a decoding step of all sequences costs, each of which sees `depth` positions, as its kernels declare it.
    func stepCost(_ request: EngineRequest, _ tensors: ModelTensors, depth: Int) -> Cost? {
        try? device.outlining {
            // The depth alone says how much of a cache is read.
            let engine = try VulkanEngine(
                outlining: tensors, configuration: configuration, device: device, contextLength: request.pageSize,
                slots: request.slots, chunk: request.chunk, keyCacheType: request.keyCacheType,
                valueCacheType: request.valueCacheType)
            let rows = min(StepShape.bucket(request.slots), engine.capacity.wantedRows)
            return try engine.pass(
                StepShape(decoding: rows, prompt: 0, wantedPrompt: 0, ending: .likeliest), depth: depth
            ).cost
        }
    }
}
