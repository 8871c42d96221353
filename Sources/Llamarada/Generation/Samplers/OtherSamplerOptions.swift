extension SamplingOptions {
    /// XTC, "exclude top choices" (p-e-w, text-generation-webui pull request 6335): by chance, of the tokens that are
    /// likely enough, all but the least likely are left out.
    public struct XTC: Sendable, Equatable {
        /// How often it is done, from 0 to 1.
        public var probability: Float
        /// From which probability a token is a top choice; above 0.5 there are never two, and nothing is left out.
        public var threshold: Float

        /// By default never.
        public init(probability: Float = 0, threshold: Float = 0.1) {
            self.probability = probability
            self.threshold = threshold
        }
    }

    /// A temperature that follows the entropy of what the filters leave: from `temperature` - range (but not below 0)
    /// where one token is certain, to `temperature` + range where all are equally likely.
    public struct DynamicTemperature: Sendable, Equatable {
        /// 0 leaves the temperature as it is.
        public var range: Float
        /// The power to which the entropy's share of the largest one is taken.
        public var exponent: Float

        /// By default none.
        public init(range: Float = 0, exponent: Float = 1) {
            self.range = range
            self.exponent = exponent
        }
    }

    /// Mirostat (Basu et al., arXiv 2007.14966): after each token the filter follows how surprising that was, so that the
    /// mean surprise stays at a target. It takes the place of all stages but the temperature.
    public struct Mirostat: Sendable, Equatable {
        /// Which of the two there are.
        public enum Version: Int, Sendable, CaseIterable {
            /// Not used.
            case off = 0
            /// How many tokens stay is estimated by Zipf's law, as in the paper's algorithm 1.
            case first = 1
            /// Only tokens that are not too surprising stay.
            case second = 2
        }

        /// Which one, if any.
        public var version: Version
        /// The target, in bits: tau.
        public var targetSurprise: Float
        /// How quickly the filter follows: eta.
        public var learningRate: Float

        /// By default not used.
        public init(_ version: Version = .off, targetSurprise: Float = 5, learningRate: Float = 0.1) {
            self.version = version
            self.targetSurprise = targetSurprise
            self.learningRate = learningRate
        }
    }

    /// Which tokens the presence and frequency penalties count.
    public enum PenalisedText: String, Sendable, Equatable {
        /// Those of the answer, as OpenAI defines the penalties.
        case answer
        /// The last `repeatLastN` of prompt and answer, as llama.cpp does.
        case recent
    }
}
