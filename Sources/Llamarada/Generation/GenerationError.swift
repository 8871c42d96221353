public import LlamaradaErrors

/// A request that cannot be served: options out of range, or a text that does not fit the model.
public struct GenerationError: LlamaradaError, Equatable {
    /// The kind of fault; more may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name, as printed.
        public let description: String

        /// An option is out of its range.
        public static let invalidOption = Code(description: "invalid option")
        /// There is nothing to start from.
        public static let emptyText = Code(description: "empty text")
        /// The text does not fit the context.
        public static let textTooLong = Code(description: "text too long")
        /// The text has too few tokens for what was asked.
        public static let textTooShort = Code(description: "text too short")
        /// A token is not in the vocabulary.
        public static let unknownToken = Code(description: "unknown token")
        /// A session answers one text at a time.
        public static let busy = Code(description: "busy")
        /// No token continues a text as its constraint asks for.
        public static let constraint = Code(description: "constraint")
        /// The model was unloaded.
        public static let unloaded = Code(description: "unloaded")
        /// Two files are not of one model.
        public static let otherModel = Code(description: "other model")
    }

    /// The kind of fault.
    public var code: Code
    /// What does not fit, what was expected and what was found, in one line without a final stop.
    public var problem: String
    /// What to do about it.
    public var remedy: Remedy

    package init(_ code: Code, _ problem: String, remedy: Remedy = .noneKnown) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
    }

    static let unloaded = GenerationError(.unloaded, "The model was unloaded")

    /// One line: problem and remedy.
    public var description: String { line(spelling: \.words) }
}
