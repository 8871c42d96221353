import Llamarada
import LlamaradaTensors

/// Reads what a request says of samplers that are not used by default, under llama.cpp's names.
struct SamplerFields {
    private let fields: Fields

    init(_ fields: Fields) { self.fields = fields }

    /// Sets what the fields ask for.
    ///
    /// - Throws: `APIError` that names the field that is wrong.
    func apply(to options: inout SamplingOptions) throws(APIError) {
        try set(&options.topNSigma, "top_n_sigma", in: -1...1000)
        for name in ["typical_p", "typ_p"] { try set(&options.typicalP, name, in: 0...1) }
        try set(&options.xtc.probability, "xtc_probability", in: 0...1)
        try set(&options.xtc.threshold, "xtc_threshold", in: 0...1)
        try set(&options.dynamicTemperature.range, "dynatemp_range", in: 0...100)
        try set(&options.dynamicTemperature.exponent, "dynatemp_exponent", in: 0...100)
        if let value = try fields.integer("mirostat", in: 0...2) {
            options.mirostat.version = .init(rawValue: value) ?? .off
        }
        try set(&options.mirostat.targetSurprise, "mirostat_tau", in: 0...100)
        try set(&options.mirostat.learningRate, "mirostat_eta", in: 0...100)
        try setDRY(&options.dry)
        if let samplers = try samplers() { options.samplers = samplers }
    }

    private func setDRY(_ dry: inout SamplingOptions.DRY) throws(APIError) {
        try set(&dry.multiplier, "dry_multiplier", in: 0...1000)
        try set(&dry.base, "dry_base", in: 1...1000)
        let count = 0...Int(Int32.max)
        if let value = try fields.integer("dry_allowed_length", in: count) { dry.allowedLength = value }
        if let value = try fields.integer("dry_penalty_last_n", in: -1...count.upperBound) { dry.lastN = value }
        let name = "dry_sequence_breakers"
        guard fields[name] != nil else { return }
        dry.sequenceBreakers = try fields.texts(name, atMost: SamplingOptions.DRY.mostBreakers)
        let bytes = 1...SamplingOptions.DRY.longestBreaker
        guard dry.sequenceBreakers.allSatisfy({ bytes ~= $0.utf8.count }) else {
            throw .invalid("'\(name)' must have texts of \(bytes.lowerBound) to \(bytes.upperBound) bytes.", name)
        }
    }

    private func set(_ value: inout Float, _ name: String, in range: ClosedRange<Double>) throws(APIError) {
        if let number = try fields.number(name, in: range) { value = Float(number) }
    }

    /// `samplers`: names in a list, or letters in a text.
    private func samplers() throws(APIError) -> [SamplerStage]? {
        let name = "samplers"
        guard let value = fields[name] else { return nil }
        var stages: [SamplerStage] = []
        if let letters = value.text {
            for letter in letters {
                guard let stage = SamplerStage(letter: letter) else {
                    throw .invalid(
                        "'\(name)' must have letters of '\(SamplerStage.letters)', not '\(letter)'.", name)
                }
                stages.append(stage)
            }
        } else {
            for text in try fields.texts(name, atMost: 64) {
                guard let stage = SamplerStage(name: text) else {
                    throw .invalid("'\(name)' must have some of \(SamplerStage.names), not '\(text.prefix(40))'.", name)
                }
                stages.append(stage)
            }
        }
        guard Set(stages).count == stages.count else { throw .invalid("'\(name)' names a sampler twice.", name) }
        return stages
    }
}
