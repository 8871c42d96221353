extension SamplerChain {
    /// Runs the stages behind the first changes in whatever order they come, then draws: the same functions as
    /// ``Reference/sampleToken(_:_:)`` has, so in its order the same token.
    ///
    /// - Parameters:
    ///   - logits: (vocabulary), finite, after the changes that come first.
    ///   - row: what the stages do; its top-k counts nothing here.
    ///   - changes: those of a stage that comes later.
    ///   - mirostat: draws instead, where it is used.
    func draw(
        _ logits: [Float], _ row: SamplerRow, _ options: SamplingOptions, mirostat: inout MirostatState?,
        changes: (SamplerStage) -> [LogitChange]
    ) -> Reference.Candidate {
        var logits = logits
        var stages = filters
        // What looks at all logits needs no order.
        while let stage = stages.first, stage == .topNSigma || stage == .penalties || stage == .dry {
            if stage == .topNSigma {
                Reference.topNSigma(&logits, options.topNSigma)
            } else {
                Reference.change(&logits, by: changes(stage), row)
            }
            stages.removeFirst()
        }
        let isTopK = stages.first == .topK
        var candidates = Reference.topK(logits, isTopK ? options.topK : 0)
        if isTopK { stages.removeFirst() }
        for (place, stage) in stages.enumerated() {
            if stage == .temperature {
                temper(&candidates, row, keepsZero: stages.dropFirst(place).contains(.penalties))
            } else {
                filter(&candidates, by: stage, row, options, changes)
            }
        }
        return mirostat?.draw(candidates, uniform: row.uniform)
            ?? Reference.draw(candidates, inverseTemperature: 1, uniform: row.uniform)
    }

    private func temper(_ candidates: inout [Reference.Candidate], _ row: SamplerRow, keepsZero: Bool) {
        if takesLikeliest { return candidates.removeSubrange(min(1, candidates.count)...) }
        let inverse = Reference.inverseTemperature(candidates, row)
        Reference.temper(&candidates, inverseTemperature: inverse, keepsZero: keepsZero)
    }

    private func filter(
        _ candidates: inout [Reference.Candidate], by stage: SamplerStage, _ row: SamplerRow,
        _ options: SamplingOptions, _ changes: (SamplerStage) -> [LogitChange]
    ) {
        switch stage {
        case .penalties, .dry: Reference.change(&candidates, by: changes(stage), row)
        case .topNSigma: Reference.topNSigma(&candidates, options.topNSigma)
        case .topK: candidates.removeSubrange(min(options.topK, candidates.count)...)
        case .typical: Reference.typical(&candidates, row.typicalP)
        case .topP: Reference.topP(&candidates, row.topP)
        case .minP: Reference.minP(&candidates, row.logMinP)
        case .xtc: Reference.xtc(&candidates, row.xtcThreshold)
        case .temperature: break
        }
    }
}

extension Reference {
    /// The changes of what filters left, which is put into order again.
    fileprivate static func change(_ candidates: inout [Candidate], by changes: [LogitChange], _ row: SamplerRow) {
        let changes = Dictionary(changes.map { (Int($0.token), $0) }) { $1 }
        for index in candidates.indices {
            guard let change = changes[candidates[index].id] else { continue }
            candidates[index].logit = changed(candidates[index].logit, by: change, row)
        }
        candidates.sort { ($0.logit, $1.id) > ($1.logit, $0.id) }
    }
}
