import Glibc
package import LlamaradaText

extension SamplerRow {
    /// The one place where a row's words are made of what the user asks for.
    ///
    /// - Parameters:
    ///   - options: valid, see ``SamplingOptions/validate()``.
    ///   - uniform: in [0, 1).
    package init(_ options: SamplingOptions, uniform: Double) {
        let isGreedy = options.temperature == 0
        self.init(
            topK: isGreedy ? 1 : UInt32(clamping: options.topK), topP: options.topP,
            logMinP: options.minP > 0 ? Float(log(Double(options.minP))) : -.greatestFiniteMagnitude,
            inverseTemperature: isGreedy ? 1 : Self.normal(1 / options.temperature),
            // Float(uniform) may round up to 1, which is in nobody's share.
            uniform: min(Float(uniform), Float(1).nextDown),
            penalty: Self.normal(options.repeatPenalty), inversePenalty: Self.normal(1 / options.repeatPenalty))
    }

    /// The nearest positive number that is neither infinite nor subnormal.
    private static func normal(_ value: Float) -> Float {
        min(max(value, .leastNormalMagnitude), .greatestFiniteMagnitude)
    }
}

extension SamplingOptions {
    /// The distinct tokens that the repeat penalty counts; none where it changes nothing.
    package func recentTokens(of history: [TokenID]) -> [UInt32] {
        guard repeatPenalty != 1 else { return [] }
        let recent = repeatLastN < 0 ? history[...] : history.suffix(repeatLastN)
        return Set(recent).map { UInt32(bitPattern: $0) }
    }
}
