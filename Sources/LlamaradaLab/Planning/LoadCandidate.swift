package import Llamarada
package import LlamaradaDevice
package import LlamaradaTensors

/// A model's weights as a file has them, or as they would be in one type, on a device.
package struct LoadCandidate: Sendable {
    /// The type of its matrices; nil as the file has them.
    package let elementType: ElementType?
    /// The types of its matrices, the one with most bytes first.
    package let matrixTypes: [ElementType]
    /// Bytes of its tensors in a file.
    package let fileByteCount: Int
    /// Sizes and memory, or why no device of such limits can have it.
    package let outcome: Result<EnginePlan, DeviceError>
    /// The longest context that fits; nil where none does.
    package let longestContext: Int?
    /// What decoding one step costs when a cache is empty, and when it is full.
    package let emptyCost, fullCost: Cost?
    private let mayBeSplit: Bool

    init(_ planner: LoadPlanner, _ request: EngineRequest, _ tensors: ModelTensors, _ elementType: ElementType?) {
        self.elementType = elementType
        var byteCounts: [ElementType: Int] = [:]
        for (_, tensor) in tensors.all where tensor.shape.count > 1 {
            byteCounts[tensor.elementType, default: 0] += tensor.byteCount
        }
        matrixTypes = byteCounts.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }.map(\.key)
        fileByteCount = tensors.all.reduce(0) { $0 + $1.tensor.byteCount }
        mayBeSplit = request.gpuLayers != nil
        outcome = planner.outcome(request, tensors)
        longestContext = planner.longestContext(request, tensors)
        emptyCost = planner.stepCost(request, tensors, depth: 1)
        fullCost = planner.stepCost(request, tensors, depth: request.contextLength)
    }

    /// The plan, where the device's limits allow one.
    package var plan: EnginePlan? { try? outcome.get() }

    /// Whether a load would succeed.
    package var fits: Bool { plan?.memory.fits ?? false }

    /// Whether it would, with a cache of full length for every sequence, and all weights in the device's memory where
    /// nobody wants some elsewhere.
    package var fitsWhole: Bool {
        guard let plan, fits else { return false }
        return plan.isWhole && (mayBeSplit || plan.placement.isWhole)
    }
}
