import Glibc

extension SamplerRow {
    /// The one place where a row's words are made of what the user asks for.
    ///
    /// - Parameters:
    ///   - options: valid, see ``SamplingOptions/validate()``.
    ///   - uniform: in [0, 1).
    ///   - chance: in [0, 1): whether top choices are excluded this time.
    package init(_ options: SamplingOptions, uniform: Double, chance: Double = 0) {
        let chain = SamplerChain(options)
        func value<Value>(_ stage: SamplerStage, _ value: Value, else other: Value) -> Value {
            chain.stages.contains(stage) ? value : other
        }
        let isLikeliest = chain.takesLikeliest && chain.keepsLikeliest
        let temperature = value(.temperature, options.temperature, else: 1)
        self.init(
            topK: isLikeliest ? 1 : value(.topK, UInt32(clamping: options.topK), else: 0),
            topP: value(.topP, options.topP, else: 1),
            logMinP: value(.minP, Float(log(Double(options.minP))), else: -.greatestFiniteMagnitude),
            inverseTemperature: isLikeliest ? 1 : Self.normal(1 / temperature), uniform: Self.unit(uniform),
            penalty: Self.normal(options.repeatPenalty), inversePenalty: Self.normal(1 / options.repeatPenalty))
        typicalP = value(.typical, Reference.flushed(options.typicalP), else: 1)
        if chain.stages.contains(.xtc), Self.unit(chance) < options.xtc.probability {
            xtcThreshold = Reference.flushed(options.xtc.threshold)
        }
        let range = options.dynamicTemperature.range
        if chain.stages.contains(.temperature), options.mirostat.version == .off, range > 0 {
            lowestTemperature = Reference.flushed(max(0, temperature - range))
            let highest = min(temperature + range, .greatestFiniteMagnitude)
            temperatureRange = Self.normal(highest - lowestTemperature)
            temperatureExponent = Reference.flushed(options.dynamicTemperature.exponent)
        }
    }

    /// The nearest positive number that is neither infinite nor subnormal.
    private static func normal(_ value: Float) -> Float {
        min(max(value, .leastNormalMagnitude), .greatestFiniteMagnitude)
    }

    /// A number of [0, 1) in f32, rounded down at the end of the range: 1 is in nobody's share.
    package static func unit(_ uniform: Double) -> Float { min(Float(uniform), Float(1).nextDown) }
}
