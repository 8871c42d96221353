extension SamplingOptions {
    /// Says in one line which value cannot be used, or nil when all can.
    public func validate() -> String? {
        filterProblem ?? penaltyProblem ?? dryProblem ?? mirostatProblem ?? orderProblem
    }

    private var filterProblem: String? {
        // Written so that NaN fails every test.
        if !isNumber(temperature) { return message("temperature", "0 or more", temperature) }
        if topK < 0 { return message("top-k", "0 (all) or more", topK) }
        let shares = [
            ("top-p", topP), ("min-p", minP), ("typical-p", typicalP), ("XTC's probability", xtc.probability),
            ("XTC's threshold", xtc.threshold),
        ]
        for (name, value) in shares where !(0...1 ~= value) { return message(name, "from 0 to 1", value) }
        if !topNSigma.isFinite { return message("top-n-sigma", "a finite number", topNSigma) }
        if !isNumber(dynamicTemperature.range) {
            return message("the temperature's range", "0 or more", dynamicTemperature.range)
        }
        if !isNumber(dynamicTemperature.exponent) {
            return message("the dynamic temperature's exponent", "0 or more", dynamicTemperature.exponent)
        }
        return nil
    }

    private var penaltyProblem: String? {
        if !(repeatPenalty > 0 && repeatPenalty.isFinite) {
            return message("repeat penalty", "more than 0", repeatPenalty)
        }
        if repeatLastN < -1 { return message("repeat-last-n", "-1 (all) or more", repeatLastN) }
        for (name, value) in [("presence penalty", presencePenalty), ("frequency penalty", frequencyPenalty)]
        where !value.isFinite {
            return message(name, "a finite number", value)
        }
        if let bias = logitBias.values.first(where: { !$0.isFinite }) {
            return message("a logit's bias", "a finite number", bias)
        }
        return nil
    }

    private var dryProblem: String? {
        if !isNumber(dry.multiplier) { return message("DRY's multiplier", "0 or more", dry.multiplier) }
        if !(dry.base >= 1 && dry.base.isFinite) { return message("DRY's base", "1 or more", dry.base) }
        if dry.allowedLength < 0 { return message("DRY's allowed length", "0 or more", dry.allowedLength) }
        if dry.lastN < -1 { return message("DRY's last-n", "-1 (all) or more", dry.lastN) }
        if dry.sequenceBreakers.count > DRY.mostBreakers {
            return message("the number of DRY's breakers", "at most \(DRY.mostBreakers)", dry.sequenceBreakers.count)
        }
        for breaker in dry.sequenceBreakers where !(1...DRY.longestBreaker ~= breaker.utf8.count) {
            return message("a breaker of DRY's", "from 1 to \(DRY.longestBreaker) bytes", breaker.utf8.count)
        }
        return nil
    }

    private var mirostatProblem: String? {
        if !isNumber(mirostat.targetSurprise) {
            return message("Mirostat's target", "0 or more", mirostat.targetSurprise)
        }
        if !isNumber(mirostat.learningRate) {
            return message("Mirostat's learning rate", "0 or more", mirostat.learningRate)
        }
        return nil
    }

    private var orderProblem: String? {
        var seen: Set<SamplerStage> = []
        let repeated = samplers.first { !seen.insert($0).inserted }
        return repeated.map { "the order of samplers names \($0.rawValue) twice" }
    }

    private func isNumber(_ value: Float) -> Bool { value >= 0 && value.isFinite }

    private func message(_ name: String, _ expected: String, _ found: some CustomStringConvertible) -> String {
        "\(name) must be \(expected), not \(found)"
    }
}
