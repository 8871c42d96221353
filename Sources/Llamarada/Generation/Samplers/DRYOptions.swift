extension SamplingOptions {
    /// DRY, "don't repeat yourself" (p-e-w, text-generation-webui pull request 5677): makes a token less likely that would
    /// continue a sequence as it was continued before, the more the longer that sequence is.
    public struct DRY: Sendable, Equatable {
        /// What is taken off the logit of a token that continues a repetition of `allowedLength` tokens; 0 is no penalty.
        public var multiplier: Float = 0
        /// By what the penalty is multiplied for each further token of the repetition.
        public var base: Float = 1.75
        /// The shortest repetition that counts, in tokens before the one that would continue it.
        public var allowedLength = 2
        /// How many tokens of recent text are looked through; -1 is all of it, 0 none.
        public var lastN = 64
        /// No repetition reaches over one of these texts.
        public var sequenceBreakers = ["\n", ":", "\"", "*"]

        /// llama.cpp's defaults: no penalty.
        public init() {}

        /// Penalises repetitions from `allowedLength` tokens on.
        public init(multiplier: Float, base: Float = 1.75, allowedLength: Int = 2, lastN: Int = 64) {
            self.multiplier = multiplier
            self.base = base
            self.allowedLength = allowedLength
            self.lastN = lastN
        }

        /// Most texts that break sequences.
        public static let mostBreakers = 64
        /// Most bytes of such a text.
        public static let longestBreaker = 40
    }
}
