package import Llamarada
package import LlamaradaTensors

/// One thing to change so that all of a model fits; each was planned and does.
package enum LoadAdvice: Sendable, Equatable {
    /// The longest context that fits.
    case context(Int)
    /// Keys and values of other types, with the longest context that then fits, at most the one that is asked for.
    case cache(keys: KVCacheType, values: KVCacheType, context: Int)
    /// Fewer sequences.
    case sequences(Int)
    /// Fewer layers in the device's memory, the head counting as one more.
    case gpuLayers(Int)
    /// A file of another type.
    case type(ElementType, fileByteCount: Int)
    /// The plain formulas on the CPU, which read the weights as they compute: nothing else helps.
    case cpuBackend
}

extension LoadPlanner {
    /// What would help where a request does not fit, the least change first.
    ///
    /// - Parameter types: the same model in other types.
    func advice(_ request: EngineRequest, _ file: LoadCandidate, _ tensors: ModelTensors, types: [LoadCandidate])
        -> [LoadAdvice]
    {
        guard !file.fitsWhole else { return [] }
        var advice: [LoadAdvice] = []
        if let context = file.longestContext, context < request.contextLength { advice.append(.context(context)) }
        if let cache = smallerCache(request, tensors, than: file) { advice.append(cache) }
        if request.slots > 1,
            let slots = largest(1...request.slots - 1, isGood: { fits(request, tensors, slots: $0) })
        {
            advice.append(.sequences(slots))
        }
        if let wanted = request.gpuLayers,
            let layers = largest(
                0...min(wanted, configuration.layerCount), isGood: { fits(request, tensors, gpuLayers: $0) })
        {
            advice.append(.gpuLayers(layers))
        }
        let smaller = types.filter { $0.fitsWhole && $0.fileByteCount < file.fileByteCount }
        if let best = smaller.max(by: { $0.fileByteCount < $1.fileByteCount }), let type = best.elementType {
            advice.append(.type(type, fileByteCount: best.fileByteCount))
        }
        return advice.isEmpty && !file.fits ? [.cpuBackend] : advice
    }

    /// The cache of fewer bytes with which the longest context fits.
    private func smallerCache(
        _ request: EngineRequest, _ tensors: ModelTensors, than file: LoadCandidate
    ) -> LoadAdvice? {
        let options = KVCacheType.allCases.filter { $0 != request.keyCacheType || $0 != request.valueCacheType }
            .compactMap { type -> LoadAdvice? in
                var changed = request
                (changed.keyCacheType, changed.valueCacheType) = (type, type)
                guard let longest = longestContext(changed, tensors), longest > file.longestContext ?? 0 else {
                    return nil
                }
                return .cache(keys: type, values: type, context: min(longest, request.contextLength))
            }
        return options.max { $0.contextLength < $1.contextLength }
    }

    private func fits(_ request: EngineRequest, _ tensors: ModelTensors, slots: Int) -> Bool {
        var changed = request
        changed.slots = slots
        return fits(changed, tensors)
    }

    private func fits(_ request: EngineRequest, _ tensors: ModelTensors, gpuLayers: Int) -> Bool {
        var changed = request
        changed.gpuLayers = gpuLayers
        return fits(changed, tensors)
    }
}

extension LoadAdvice {
    /// The context of an advice about a cache.
    fileprivate var contextLength: Int {
        if case .cache(_, _, let context) = self { return context }
        return 0
    }
}
