public import LlamaradaText

/// How the next token is chosen from the logits; names and defaults are llama.cpp's.
public struct SamplingOptions: Sendable, Equatable {
    /// Divides the logits before the draw; 0 always takes the most likely token.
    public var temperature: Float
    /// Only the `topK` most likely tokens stay; 0 keeps all.
    public var topK: Int
    /// Only the most likely tokens whose probabilities reach `topP` together stay; 1 keeps all.
    public var topP: Float
    /// Only tokens at least `minP` times as likely as the most likely one stay; 0 keeps all.
    public var minP: Float
    /// Makes tokens of the recent text less likely; 1 leaves them as they are.
    public var repeatPenalty: Float
    /// How many tokens of recent text count for `repeatPenalty`; -1 is all of it.
    public var repeatLastN: Int
    /// What is taken off the logit of every token that the answer has already; 0 leaves them as they are.
    public var presencePenalty: Float
    /// What is taken off a token's logit for each time that the answer has it already.
    public var frequencyPenalty: Float
    /// What is added to the logits of some tokens.
    public var logitBias: [TokenID: Float]
    /// Start of the random sequence; nil takes a new one from the system.
    public var seed: UInt64?

    /// Creates options, by default llama.cpp's.
    public init(
        temperature: Float = 0.8, topK: Int = 40, topP: Float = 0.95, minP: Float = 0.05, repeatPenalty: Float = 1,
        repeatLastN: Int = 64, presencePenalty: Float = 0, frequencyPenalty: Float = 0,
        logitBias: [TokenID: Float] = [:], seed: UInt64? = nil
    ) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.repeatPenalty = repeatPenalty
        self.repeatLastN = repeatLastN
        self.presencePenalty = presencePenalty
        self.frequencyPenalty = frequencyPenalty
        self.logitBias = logitBias
        self.seed = seed
    }

    /// Always the most likely token.
    public static let greedy = SamplingOptions(temperature: 0)

    /// Says in one line which value cannot be used, or nil when all can.
    public func validate() -> String? {
        // Written so that NaN fails every test.
        if !(temperature >= 0 && temperature.isFinite) { return message("temperature", "0 or more", temperature) }
        if topK < 0 { return message("top-k", "0 (all) or more", topK) }
        if !(0...1 ~= topP) { return message("top-p", "from 0 to 1", topP) }
        if !(0...1 ~= minP) { return message("min-p", "from 0 to 1", minP) }
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

    private func message(_ name: String, _ expected: String, _ found: some CustomStringConvertible) -> String {
        "\(name) must be \(expected), not \(found)"
    }
}
