import Llamarada
import LlamaradaServerSettings
import LlamaradaTensors
import LlamaradaText

/// Reads how tokens are chosen: OpenAI's names, and those that llama.cpp and vLLM add to them.
struct SamplingFields {
    /// Most tokens of `logit_bias`.
    static let mostBiases = 1024

    private let fields: Fields
    private let defaults: ServerSettings.Sampling
    private let vocabularySize: Int

    init(_ fields: Fields, _ defaults: ServerSettings.Sampling, vocabularySize: Int) {
        self.fields = fields
        self.defaults = defaults
        self.vocabularySize = vocabularySize
    }

    /// The options that the fields ask for.
    ///
    /// - Throws: `APIError` that names the field that is wrong.
    func options() throws(APIError) -> SamplingOptions {
        var options = SamplingOptions(defaults)
        if let value = try fields.number("temperature", in: 0...100) { options.temperature = Float(value) }
        // -1 is vLLM's word for all.
        if let value = try fields.integer("top_k", in: -1...Int(Int32.max)) { options.topK = max(0, value) }
        if let value = try fields.number("top_p", in: 0...1) { options.topP = Float(value) }
        if let value = try fields.number("min_p", in: 0...1) { options.minP = Float(value) }
        for name in ["repeat_penalty", "repetition_penalty"] {
            if let value = try fields.number(name, in: 0.01...100) { options.repeatPenalty = Float(value) }
        }
        if let value = try fields.integer("repeat_last_n", in: -1...Int(Int32.max)) { options.repeatLastN = value }
        if let value = try fields.number("presence_penalty", in: -2...2) { options.presencePenalty = Float(value) }
        if let value = try fields.number("frequency_penalty", in: -2...2) { options.frequencyPenalty = Float(value) }
        if let seed = try fields.integer("seed", in: Int.min...Int.max) {
            // -1 is llama.cpp's word for a new one.
            options.seed = seed == -1 ? nil : UInt64(bitPattern: Int64(seed))
        }
        if fields["logit_bias"] != nil { options.logitBias = try biases() }
        try SamplerFields(fields).apply(to: &options)
        return options
    }

    /// `logit_bias`: what is added to the logits of some tokens, by their numbers.
    private func biases() throws(APIError) -> [TokenID: Float] {
        guard let value = fields["logit_bias"] else { return [:] }
        let name = "logit_bias"
        guard let members = value.members else { throw Fields.wrong(name, "an object", value) }
        guard members.count <= Self.mostBiases else {
            throw .invalid("'\(name)' has more than \(Self.mostBiases) tokens.", name)
        }
        var biases: [TokenID: Float] = [:]
        for member in members {
            guard let id = TokenID(member.name), 0..<vocabularySize ~= Int(id) else {
                throw .invalid(
                    "'\(name)' names a token by its number, from 0 to \(vocabularySize - 1), not '\(member.name.prefix(40))'.",
                    name)
            }
            guard let bias = member.value.double, -100...100 ~= bias else {
                throw .invalid("'\(name)' must have numbers from -100 to 100.", name)
            }
            biases[id] = Float(bias)
        }
        return biases
    }
}
