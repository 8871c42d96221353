import Llamarada
import LlamaradaServerSettings
import LlamaradaTensors
import LlamaradaText

extension SamplingOptions {
    /// What holds where a request does not say. The presence and frequency penalties count the answer, as OpenAI's do.
    init(_ settings: ServerSettings.Sampling) {
        self.init(
            temperature: settings.temperature, topK: settings.topK, topP: settings.topP, minP: settings.minP,
            repeatPenalty: settings.repeatPenalty, repeatLastN: settings.repeatLastN,
            presencePenalty: settings.presencePenalty, frequencyPenalty: settings.frequencyPenalty,
            logitBias: .init(
                settings.logitBias.compactMap { token, bias in TokenID(exactly: token).map { ($0, bias) } }
            ) { $1 },
            seed: settings.seed)
        samplers = settings.samplers.compactMap(SamplerStage.init(name:))
        topNSigma = settings.topNSigma
        typicalP = settings.typicalP
        xtc = .init(probability: settings.xtcProbability, threshold: settings.xtcThreshold)
        dynamicTemperature = .init(
            range: settings.dynamicTemperatureRange, exponent: settings.dynamicTemperatureExponent)
        dry = .init(
            multiplier: settings.dryMultiplier, base: settings.dryBase, allowedLength: settings.dryAllowedLength,
            lastN: settings.dryLastN)
        dry.sequenceBreakers = settings.drySequenceBreakers
        mirostat = .init(
            .init(rawValue: settings.mirostat) ?? .off, targetSurprise: settings.mirostatTargetSurprise,
            learningRate: settings.mirostatLearningRate)
    }

    /// Every value under llama.cpp's name, as `/props` shows them.
    var members: [JSONValue.Member] {
        [
            .init("seed", seed.map { .integer(Int(bitPattern: UInt($0))) } ?? .integer(-1)),
            .init("temperature", .float(temperature)),
            .init("dynatemp_range", .float(dynamicTemperature.range)),
            .init("dynatemp_exponent", .float(dynamicTemperature.exponent)),
            .init("top_k", .integer(topK)), .init("top_p", .float(topP)), .init("min_p", .float(minP)),
            .init("top_n_sigma", .float(topNSigma)), .init("typical_p", .float(typicalP)),
            .init("xtc_probability", .float(xtc.probability)), .init("xtc_threshold", .float(xtc.threshold)),
            .init("repeat_penalty", .float(repeatPenalty)), .init("repeat_last_n", .integer(repeatLastN)),
            .init("presence_penalty", .float(presencePenalty)),
            .init("frequency_penalty", .float(frequencyPenalty)),
            .init("logit_bias", .object(biases)),
            .init("dry_multiplier", .float(dry.multiplier)), .init("dry_base", .float(dry.base)),
            .init("dry_allowed_length", .integer(dry.allowedLength)),
            .init("dry_penalty_last_n", .integer(dry.lastN)),
            .init("dry_sequence_breakers", .array(dry.sequenceBreakers.map { .string($0) })),
            .init("mirostat", .integer(mirostat.version.rawValue)),
            .init("mirostat_tau", .float(mirostat.targetSurprise)),
            .init("mirostat_eta", .float(mirostat.learningRate)),
            .init("samplers", .array(samplers.map { .string($0.rawValue) })),
        ]
    }
}

extension SamplingOptions {
    /// As requests have them, in the order of the tokens.
    private var biases: [JSONValue.Member] {
        logitBias.sorted { $0.key < $1.key }.map { .init("\($0.key)", .float($0.value)) }
    }
}

extension JSONValue {
    /// A number of single precision by its shortest digits.
    fileprivate static func float(_ number: Float) -> JSONValue { .number(Double("\(number)") ?? Double(number)) }
}
