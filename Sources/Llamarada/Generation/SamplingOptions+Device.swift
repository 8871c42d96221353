extension SamplingOptions {
    /// Ways of choosing that need no logits on the host.
    package enum DevicePath: Equatable, Sendable {
        /// The largest logit as it is.
        case argmax
        /// The sampler's kernels.
        case sampler
    }

    /// Whether logits are changed by what the device's kernels do not know.
    package var changesLogits: Bool { presencePenalty != 0 || frequencyPenalty != 0 || !logitBias.isEmpty }

    /// How the device chooses; nil where only the host can, of downloaded logits. One definition, so the tokens are the
    /// same either way.
    package var devicePath: DevicePath? {
        guard !changesLogits else { return nil }
        if temperature == 0 && repeatPenalty == 1 { return .argmax }
        let filters = temperature == 0 || 1...SamplerRow.largestDeviceTopK ~= topK
        let window = repeatPenalty == 1 || 0...RecentTokens.capacity ~= repeatLastN
        return filters && window ? .sampler : nil
    }
}
