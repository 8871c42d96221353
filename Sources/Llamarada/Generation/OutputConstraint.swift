package import LlamaradaGrammar
import LlamaradaText

/// What every text of a generation follows: a grammar, prepared for one model's vocabulary by
/// ``LanguageModel/constraint(_:)``.
///
/// Of each token only those are drawn with which the text can still become one that follows it, and the text ends only
/// where it does. So whatever ends by itself is valid; what is cut by a limit may not be.
public final class OutputConstraint: Sendable {
    /// What a text is to follow.
    public enum Source: Sendable, Hashable {
        /// A grammar in GBNF, llama.cpp's notation.
        case grammar(String)
        /// A JSON schema, as a text of JSON. docs/constraints.md says which keywords are supported; any other is an error.
        case jsonSchema(String)
        /// Any JSON object.
        case jsonObject
    }

    let masks: TokenMasks

    init(_ masks: TokenMasks) { self.masks = masks }
}

extension OutputConstraint.Source {
    /// The grammar, which is known once it is read.
    ///
    /// - Throws: `GrammarError`.
    package func grammar() throws(GrammarError) -> Grammar {
        switch self {
        case .grammar(let text): try GBNFParser.parse(text)
        case .jsonSchema(let text): try SchemaCompiler.grammar(of: Array(text.utf8))
        case .jsonObject: try SchemaCompiler.anyObject()
        }
    }

    /// What tells it from others.
    fileprivate var key: String {
        switch self {
        case .grammar(let text): "grammar " + text
        case .jsonSchema(let text): "schema " + text
        case .jsonObject: "object"
        }
    }
}

extension LanguageModel {
    /// Prepares a constraint for ``GenerationOptions/constraint``. The last ones are kept, so that asking again costs
    /// nothing.
    ///
    /// - Throws: `GrammarError` where the source is not well formed, not supported, too large or allows no text.
    public func constraint(_ source: OutputConstraint.Source) async throws -> OutputConstraint {
        try await constraint(key: source.key) { () throws(GrammarError) in try source.grammar() }
    }

    /// The same for a grammar that is made otherwise.
    ///
    /// - Parameter key: what tells it from others.
    package func constraint(
        key: String, _ grammar: @escaping @Sendable () throws(GrammarError) -> Grammar
    ) async throws -> OutputConstraint {
        try await constraints.constraint(key, grammar)
    }
}
