public import LlamaradaErrors

/// A grammar or a JSON schema that cannot be used: not well formed, not supported, too large, or without any text.
public struct GrammarError: LlamaradaError, Equatable {
    /// The kind of fault; more may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name, as printed.
        public let description: String

        /// The source is not well formed.
        public static let syntax = Code(description: "syntax")
        /// The source is well formed and says what is not supported.
        public static let unsupported = Code(description: "unsupported")
        /// The source is larger, or becomes larger, than is allowed.
        public static let tooLarge = Code(description: "too large")
        /// No text follows the grammar.
        public static let unsatisfiable = Code(description: "unsatisfiable")
    }

    /// The kind of fault.
    public var code: Code
    /// Where and what is wrong, in one line without a final stop.
    public var problem: String
    /// What to do about it.
    public var remedy: Remedy

    package init(_ code: Code, _ problem: String, remedy: Remedy = .noneKnown) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
    }

    /// One line: problem and remedy.
    public var description: String { line(spelling: \.words) }
}

extension String {
    /// The text in quotation marks, cut to a length that fits a line, control characters replaced.
    func inQuotes(most: Int = 60) -> String {
        let shown = unicodeScalars.prefix(most).map { $0.value < 0x20 || 0x7F...0x9F ~= $0.value ? "?" : String($0) }
        return "'" + shown.joined() + (unicodeScalars.count > most ? "…" : "") + "'"
    }
}
