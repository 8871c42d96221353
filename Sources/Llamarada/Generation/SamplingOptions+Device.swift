extension SamplingOptions {
    /// Ways of choosing that need no logits on the host.
    package enum DevicePath: Equatable, Sendable {
        /// The largest logit as it is.
        case argmax
        /// The sampler's kernels, where a token has at most ``LogitChange/capacity`` changes.
        case sampler
    }

    /// How the device chooses; nil where only the host can, of downloaded logits. One definition, so the tokens are the
    /// same either way.
    ///
    /// Mirostat needs to know the token, top-n-sigma all logits together, and another order than the default other kernels.
    package var devicePath: DevicePath? {
        let chain = SamplerChain(self)
        guard mirostat.version == .off else { return chain.takesLikeliest && logitBias.isEmpty ? .argmax : nil }
        if chain.takesLikeliest && chain.keepsLikeliest {
            if !chain.readsText && logitBias.isEmpty { return .argmax }
        } else {
            guard chain.stages.contains(.topK), topK <= SamplerRow.largestDeviceTopK else { return nil }
        }
        return chain.isKernelOrder ? .sampler : nil
    }
}
