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
    /// What is taken off the logit of every token that `penalisedText` has already; 0 leaves them as they are.
    public var presencePenalty: Float
    /// What is taken off a token's logit for each time that `penalisedText` has it already.
    public var frequencyPenalty: Float
    /// What is added to the logits of some tokens. The lowest finite number forbids a token.
    public var logitBias: [TokenID: Float]
    /// Start of the random sequence; nil takes a new one from the system.
    public var seed: UInt64?

    /// Which tokens the presence and frequency penalties count.
    public var penalisedText = PenalisedText.answer
    /// In which order filters and penalties come; what is not in it is not done. Each at most once.
    public var samplers = SamplerStage.defaultOrder
    /// Only logits so many standard deviations of all below the largest stay; 0 or less keeps all.
    public var topNSigma: Float = -1
    /// Only the tokens whose information is nearest to the entropy, until their probabilities exceed this; 1 keeps all.
    public var typicalP: Float = 1
    /// Leaves the likeliest tokens out, by chance.
    public var xtc = XTC()
    /// Penalises what continues a repetition.
    public var dry = DRY()
    /// A temperature that follows the entropy.
    public var dynamicTemperature = DynamicTemperature()
    /// A filter that follows how surprising the tokens were; takes the place of `samplers`.
    public var mirostat = Mirostat()

    /// Creates options, by default llama.cpp's; what has no parameter here is set afterwards.
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

    /// A copy with some values changed.
    package func with(_ change: (inout SamplingOptions) -> Void) -> SamplingOptions {
        var options = self
        change(&options)
        return options
    }
}
