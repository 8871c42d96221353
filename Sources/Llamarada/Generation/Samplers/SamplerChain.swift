/// What options come to: the stages that do something, in their order.
package struct SamplerChain: Sendable, Equatable {
    /// Without those that leave everything as it is.
    package let stages: [SamplerStage]
    /// Whether the draw leaves nothing to chance: at temperature 0.
    package let takesLikeliest: Bool

    /// How many of the first stages change single logits in the order in which one ``LogitChange`` does.
    let changingStages: Int

    package init(_ options: SamplingOptions) {
        // Mirostat chooses by itself what stays, and its temperature stays the same.
        let isMirostat = options.mirostat.version != .off
        let order: [SamplerStage] = isMirostat ? [.temperature] : options.samplers
        stages = order.filter(options.uses)
        let isDynamic = !isMirostat && options.dynamicTemperature.range > 0
        takesLikeliest = options.temperature == 0 && !isDynamic && order.contains(.temperature)
        let changing = stages.prefix { $0 == .penalties || $0 == .dry }
        changingStages = changing.elementsEqual([.dry, .penalties]) ? 1 : changing.count
    }

    /// The stages behind those that change single logits first.
    var filters: ArraySlice<SamplerStage> { stages[changingStages...] }

    /// Whether ``Reference/sampleToken(_:_:)`` and so the device's kernel draw what the chain does.
    var isKernelOrder: Bool {
        let order: [SamplerStage] = [.topK, .typical, .topP, .minP, .xtc, .temperature]
        let places = filters.map(order.firstIndex)
        return places.allSatisfy { $0 != nil } && zip(places, places.dropFirst()).allSatisfy { ($0 ?? 0) < ($1 ?? 0) }
    }

    /// Whether the likeliest token always stays, so that nothing else counts at temperature 0.
    var keepsLikeliest: Bool { !stages.contains(.xtc) && !stages.contains(.typical) }

    /// Whether what was said before decides.
    var readsText: Bool { stages.contains(.penalties) || stages.contains(.dry) }
}

extension SamplingOptions {
    /// Whether a stage would do something.
    fileprivate func uses(_ stage: SamplerStage) -> Bool {
        switch stage {
        case .penalties: usesRepeatPenalty || usesCountedPenalties
        case .dry: dry.multiplier > 0 && dry.lastN != 0
        case .topNSigma: topNSigma > 0
        case .topK: topK > 0
        case .typical: typicalP < 1
        case .topP: topP < 1
        case .minP: minP > 0
        case .xtc: xtc.probability > 0 && xtc.threshold <= 0.5
        case .temperature: temperature != 1 || dynamicTemperature.range > 0
        }
    }

    var usesRepeatPenalty: Bool { repeatPenalty != 1 && repeatLastN != 0 }

    var usesCountedPenalties: Bool {
        (presencePenalty != 0 || frequencyPenalty != 0) && (penalisedText == .answer || repeatLastN != 0)
    }
}
